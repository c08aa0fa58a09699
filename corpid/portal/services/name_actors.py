"""Who did what is in the log, in words, whatever their number."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from authentication.models import EService, Person

_SORTS = {
    "system": _("Corp ID"),
    "caseworker": _("a caseworker"),
    "browser": _("somebody not signed in"),
    "wallet": _("a wallet"),
}


def name_actors(actors: Iterable[str], *, language: str) -> dict[str, str]:
    """Name each, as `person:<id>` stands in an event, by one query for each sort."""
    names: dict[str, str] = {}
    by_sort: dict[str, dict[str, str]] = {}
    for actor in actors:
        sort, _separator, reference = actor.partition(":")
        names[actor] = str(_SORTS.get(sort, actor))
        by_sort.setdefault(sort, {})[reference] = actor
    for person in Person.objects.filter(id__in=list(by_sort.get("person", {}))):
        names[by_sort["person"][str(person.id)]] = person.name_in(language)
    for service in EService.objects.filter(client_id__in=list(by_sort.get("e-service", {}))):
        names[by_sort["e-service"][str(service.client_id)]] = service.name_in(language)
    return names
