"""Content-addressed storage for documents: named by SHA-256, never rewritten.

A file's row says how long it is kept; the same bytes stored twice are kept the longer of the
two. Bytes lie under `settings.FILES_DIR` or in a bucket, never in the
database:

1. `services/receive_file.py` takes bytes in, with nothing locked
2. `services/count_files.py` makes them somebody's, in the transaction that refers to them
3. `services/store_file.py` does both at once, for who has one file and no transaction
4. `services/hold_file.py` counts a file towards a company's quota
5. `services/open_file.py` gives bytes back, unchanged or not at all
6. `services/purge_files.py` removes what nobody wants to keep
7. `services/sweep_orphans.py` removes what nothing refers to
"""
