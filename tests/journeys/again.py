"""Every journey, for whoever tells them again on a product that stands on something else.

Those with keys in a token are left out: they have a product of their own.
"""

import re
from pathlib import Path

from tests import journeys
from tests.journeys.test_identity import (
    test_a_director_signs_in_to_a_bank_as_the_company,
    test_a_no_returns_to_the_e_service_as_a_no,
    test_a_person_is_another_number_at_another_e_service,
)
from tests.journeys.test_prefill import (
    faults,
    test_a_bank_gets_the_form_filled_from_two_registers_by_consent,
    test_a_company_may_send_nothing,
    test_a_register_that_answers_about_another_company_is_not_believed,
)
from tests.journeys.test_signing import (
    test_a_bad_upload_is_refused_in_words_with_a_code,
    test_a_worker_killed_while_it_signs_leaves_exactly_one_signature,
    test_a_worker_that_wakes_after_its_lease_changes_nothing,
    test_two_directors_sign_and_anybody_can_tell,
)
from tests.journeys.test_slow_uploads import (
    test_eight_uploads_held_open_do_not_keep_a_person_from_signing_in,
)
from tests.journeys.test_wallet import (
    test_a_licence_is_issued_shown_in_part_and_seen_revoked,
    test_another_department_cannot_revoke_or_even_find_it,
)

__all__ = [
    "faults",
    "test_a_bad_upload_is_refused_in_words_with_a_code",
    "test_a_bank_gets_the_form_filled_from_two_registers_by_consent",
    "test_a_company_may_send_nothing",
    "test_a_director_signs_in_to_a_bank_as_the_company",
    "test_a_licence_is_issued_shown_in_part_and_seen_revoked",
    "test_a_no_returns_to_the_e_service_as_a_no",
    "test_a_person_is_another_number_at_another_e_service",
    "test_a_register_that_answers_about_another_company_is_not_believed",
    "test_a_worker_killed_while_it_signs_leaves_exactly_one_signature",
    "test_a_worker_that_wakes_after_its_lease_changes_nothing",
    "test_another_department_cannot_revoke_or_even_find_it",
    "test_eight_uploads_held_open_do_not_keep_a_person_from_signing_in",
    "test_every_journey_is_here",
    "test_two_directors_sign_and_anybody_can_tell",
]


def test_every_journey_is_here() -> None:
    written = {
        name
        for path in Path(journeys.__file__).parent.glob("test_*.py")
        if path.stem != "test_keys_in_token"
        for name in re.findall(r"^def (test_\w+)", path.read_text(), re.MULTILINE)
    }

    assert written == set(__all__) - {"faults", "test_every_journey_is_here"}
