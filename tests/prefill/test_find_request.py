import pytest

from prefill.services.find_request import RequestNotFound, find_request
from tests.makers import make_company, make_e_service
from tests.prefill.world import PrefillWorld


def test_a_request_is_found_for_its_e_service_and_for_its_company(world: PrefillWorld) -> None:
    request = world.fetched()
    assert request.company_id is not None

    for_e_service = find_request(reference=request.reference, e_service_id=request.e_service_id)
    for_company = find_request(reference=request.reference, company_id=request.company_id)

    assert for_e_service == for_company == request


def test_another_tenants_request_is_not_there(world: PrefillWorld) -> None:
    request = world.fetched()

    with pytest.raises(RequestNotFound):
        find_request(reference=request.reference, e_service_id=make_e_service("other").id)
    with pytest.raises(RequestNotFound):
        find_request(reference=request.reference, company_id=make_company("Other Limited").id)


def test_without_an_owner_nothing_is_looked_for(world: PrefillWorld) -> None:
    request = world.fetched()

    with pytest.raises(TypeError):
        find_request(reference=request.reference)
    with pytest.raises(TypeError):
        find_request(reference=request.reference, e_service_id=None, company_id=None)
