"""Corporate identity: who a person is, which companies they act for, and what they may do.

Also the OpenID Provider, and token authentication for the API.
"""
