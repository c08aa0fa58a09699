"""Pre-filled forms: data from the registers, by consent, sealed for one e-service.

1. `publish_form` makes a form available to an e-service; `publish_catalogue` says of what
2. `push_request`: the e-service asks; `receive_browser`: the browser arrives
3. `show_consent`: who asks, why, what is there at present; `give_consent`, `refuse_consent`,
   or `postpone_consent`
4. `retrieve_fields` (a job) asks the registers, all at once, and keeps the values sealed
5. `release_result` hands them over; `record_outcome` hears what became of the form
6. `list_consents`, `view_consent`, `view_form`: the company looks; `revoke_consent`
7. `end_requests` ends what has expired and destroys what nobody may collect
"""
