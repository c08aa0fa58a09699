"""The one guarded HTTP client for addresses that somebody else chose.

`destinations.py` judges where a call may go, `client.py` makes it: resolved once, connected to
exactly what was judged, bounded in size and time, never redirected.
"""
