"""Verifying signed PDFs for anybody: four questions answered with evidence, never a bare yes.

`inside.py` reads the file behind the fence: it goes by the `evidence.py` that it carries and
that we hold, looks at what became of it (`changes.py`) and reports findings (`findings.py`).
`conclude.py` turns them, and what our own records say of the authority, into a verdict
(`verdict.py`). Nothing is ever fetched.
"""
