"""OAuth 2.0, OpenID Connect and FAPI 2.0 as pure protocol: values in, values out.

In the order of a sign-in: parameters, client_assertion, dpop, redirect_uri, pkce,
authorization_request, claims, token_exchange, introspection, log_out_request, metadata;
oauth_errors says what can go wrong.
"""
