"""Verifying signed PDFs for anybody: four questions answered with evidence, never a bare yes.

`inside.py` reads the file behind the fence and reports findings (`findings.py`); `conclude.py`
turns them, and what our own records say of the authority, into a verdict (`verdict.py`).
Nothing is ever fetched.
"""
