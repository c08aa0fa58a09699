"""Token status lists: whether what was issued is still in force, told to anybody.

An issuer takes an index for each credential (allocate_index), changes its status (set_status),
and the list is signed and published by a worker (publish_status_list): once for many changes,
and again at half of its time to live. Who signs for an owner is told by the apps above
(signing.py); the draft's formats are corpid/protocols/status_list.py.
"""
