"""Health, metrics and switches: what the operator of Corp ID looks at and turns.

Steps: prepare the database (`manage.py prepare`), check readiness (`/readyz`), publish_next_key
and rotate_keys (signing keys), withdraw_key (after a theft), begin_rewrap and rewrap_keys (the
key-encryption key), begin_rekeying, confirm_rekeying, lapse_rekeyings and rekey (all keys that
are in doubt), turn_off_function (one person), ask_to_turn_on and turn_on_function (two), and
require_function, which apps ask at their first step and at their last; announce_outage,
close_outage, list_outages and publish_outages, which tell the public; measure_installation
(`/metrics`); recheck, which looks again at what was signed and issued; finish_restore, after a
backup was brought back.
"""
