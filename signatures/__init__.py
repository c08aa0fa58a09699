"""Signing PDFs under a company's own signing rule, and verifying them for anybody.

1. `open_request` takes a document in and asks those whom the rule names
2. `approve_signature`, `decline_request`, `take_back_approval`, `withdraw_request` decide
3. `seal_documents` (a job) signs for each person, then seals for the company
4. `submit_verification` and `verify_file` (a job) tell anybody what a file is worth
5. `establish_pki`, `issue_certificate`, `revoke_certificate` keep the certificates;
   `answer_status`, `publish_crl` and `stamp_time` tell their status and the time
"""
