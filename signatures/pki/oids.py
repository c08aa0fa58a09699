"""Object identifiers of Corp ID, below one UUID-based arc (ITU-T X.667): docs/oids.md."""

ARC = "2.25.147607575858490044456089016549811206646"

# What a certificate was issued under (certificatePolicies).
POLICY_PERSON = f"{ARC}.1.1"
POLICY_SEAL = f"{ARC}.1.2"
POLICY_OPERATIONS = f"{ARC}.1.3"  # OCSP responders and the time-stamping authority's own
POLICY_E_SERVICE = f"{ARC}.1.4"  # credentials, status lists and questions of an e-service

# What a time-stamp was issued under (TSTInfo.policy).
POLICY_TIME_STAMP = f"{ARC}.2.1"

# What a signature asserts (signer-attributes-v2, signedAssertions): a compact JWS.
AUTHORITY_STATEMENT = f"{ARC}.3.1"
