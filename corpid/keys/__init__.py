"""Keys: made, kept, rotated and used here; nothing outside this package sees a private one.

`store.py` says what a store of keys does (`KeyStore`) and `software.py` keeps them in the
database under envelope encryption: a data key per record, wrapped by the key of its scope (a
company, mostly), wrapped by the key-encryption key from the environment. `token.py` is a PKCS
#11 token, `with_token.py` the store that keeps keys in it. `handles.py` lends a stored key to
libraries that want a private key object (X.509, CMS); `jws.py` signs JWTs.

Steps: create_key, active_key, activate_key, retire_key, publish_jwks; seal_record, open_record.
"""
