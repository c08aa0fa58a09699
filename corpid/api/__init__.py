"""What every REST door shares: strict JSON, idempotency, cursors, throttles."""
