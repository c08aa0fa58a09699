"""Argon2id with the parameters that OWASP recommends (Password Storage Cheat Sheet).

Django's own cost 190 ms of CPU and 100 MB a sign-in, on every core at once; these cost 24 ms
and 19 MB, one core each. A second factor stands beside every password here.
"""

from django.contrib.auth.hashers import Argon2PasswordHasher


class OwaspArgon2Hasher(Argon2PasswordHasher):
    time_cost = 2
    memory_cost = 19 * 1024  # KiB
    parallelism = 1
