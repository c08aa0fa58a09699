"""Health, metrics and switches: what the operator of Corp ID looks at and turns."""
