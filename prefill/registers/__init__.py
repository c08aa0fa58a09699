"""Registers: one module each, one interface (`register.py`), the same contract tests."""
