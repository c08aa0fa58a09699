"""Signing PDFs: PAdES B-B to B-LTA (ETSI EN 319 142-1), written in place on a private copy.

1. `examination.py` looks for what must not be signed (inside the fence)
2. `fields.py` makes every field before the first signature
3. `cms.py` and `signing.py` sign, one field after the other
4. `long_term.py` adds the validation data and the archive time-stamp
"""
