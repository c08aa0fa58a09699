"""Which registers there are, each with its address from settings."""

import os
from collections.abc import Iterable, Mapping
from functools import lru_cache

from django.conf import settings

from corpid.outbound.client import guarded_client
from prefill.registers.business_registration import BusinessRegistration
from prefill.registers.companies_registry import CompaniesRegistry, CompaniesRegistryOfficers
from prefill.registers.register import Endpoint, Register


def registers() -> Mapping[str, Register]:
    """Give this process's connectors by id; they keep their breakers between calls."""
    return _connectors(
        os.getpid(), tuple(sorted(settings.REGISTERS.items())), settings.REGISTERS_TOKEN
    )


@lru_cache(maxsize=4)
def _connectors(
    process_id: int,  # noqa: ARG001  a forked worker has its own sockets and breakers
    addresses: Iterable[tuple[str, str]],
    token: str,
) -> Mapping[str, Register]:
    client, urls = guarded_client(), dict(addresses)
    connectors: tuple[Register, ...] = (
        CompaniesRegistry(Endpoint(urls.get("companies_registry", ""), client)),
        CompaniesRegistryOfficers(
            Endpoint(urls.get("companies_registry_officers", ""), client, token)
        ),
        BusinessRegistration(Endpoint(urls.get("business_registration", ""), client, token)),
    )
    return {connector.id: connector for connector in connectors}
