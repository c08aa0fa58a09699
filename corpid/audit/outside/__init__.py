"""Places outside the database where checkpoints are kept: what `verify_audit` trusts.

`place.py` says what a place has to do; `folder.py`, `object_store.py` and `database.py` are the
kinds there are, held by one contract test; `configured.py` finds them by their addresses.
"""
