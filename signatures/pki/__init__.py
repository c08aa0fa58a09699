"""Certificates, their status and time: X.509, OCSP, CRL and RFC 3161, in pure functions.

Private keys stay where they are: each function takes a `KeyHolder`, which knows a certificate
and a way to have a digest signed. Nothing here knows Django, settings or a clock.
"""
