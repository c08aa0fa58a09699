"""The audit log: append-only events, sealed into a Merkle tree whose heads leave the house."""
