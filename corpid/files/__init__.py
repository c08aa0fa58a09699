"""Content-addressed storage for documents: named by SHA-256, never rewritten.

A file's row says how long it is kept; the same bytes stored twice are kept the longer of the
two. Bytes lie under `settings.FILES_DIR` or in a bucket, never in the
database:

1. `services/store_file.py` takes bytes in
2. `services/open_file.py` gives them back, unchanged or not at all
3. `services/hold_file.py` counts them towards a company's quota
4. `services/purge_files.py` removes what nobody wants to keep
5. `services/sweep_orphans.py` removes what nothing refers to
"""
