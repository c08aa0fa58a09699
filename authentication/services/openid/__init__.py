"""Signing in at e-services, in the order in which it happens.

authenticate_client, demand_proof, push_request, open_request, share_claims, approve_sign_in or
deny_sign_in, exchange_code (or grant_client_token), verify_access_token, describe_sign_in,
refresh_access, exchange_token, introspect_token, revoke_token, open_log_out,
end_grants; register_sandbox_e_service comes before all of them.
"""
