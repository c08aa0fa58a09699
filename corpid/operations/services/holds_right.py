"""Whether somebody has a right now, whatever they had when they asked."""

from uuid import UUID

from django.contrib.auth import get_user_model


def holds_right(*, actor: str, permission: str) -> bool:
    """Look a caseworker up: still there, active, a caseworker, and with the right.

    An operator has the machine itself (`manage.py`), and no account that could be asked.
    """
    sort, _, name = actor.partition(":")
    if sort == "operator":
        return True
    if sort != "caseworker":
        return False
    try:
        key = UUID(name)
    except ValueError:
        return False
    account = get_user_model()._default_manager.filter(pk=key, is_staff=True).first()  # noqa: SLF001  Django's documented name
    return account is not None and account.has_perm(permission)
