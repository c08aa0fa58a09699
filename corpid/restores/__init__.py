"""A database that was brought back from a backup: whether it may serve, and what counts in it.

Steps: finish_restore (corpid/operations) notes a restoration before it changes anything, and
ends it as its last step. In between nobody is served and no job is done
(require_finished_restore). What was signed and never stored (access tokens, consents) belongs
to the generation in which it was issued, and dies with it (generation.py).
"""
