"""The worker's doors: what is over is ended or forgotten, and what changed is told."""

from celery import shared_task
from django.utils import timezone

from authentication.services.end_mandates import end_mandates
from authentication.services.end_unused_sessions import end_unused_sessions
from authentication.services.expire_reservations import expire_reservations
from authentication.services.forget_reservations import forget_reservations
from authentication.services.forget_session_cookies import forget_session_cookies
from authentication.services.openid.forget_requests import forget_requests
from authentication.services.openid.forget_revoked_tokens import forget_revoked_tokens
from authentication.services.tell_of_companies import tell_of_companies
from authentication.services.tell_of_officers import tell_of_officers
from authentication.services.tell_of_restrictions import tell_of_restrictions
from authentication.services.tell_of_successions import tell_of_successions
from authentication.services.warn_of_registrations import warn_of_registrations
from corpid.one_time.services.purge_tokens import purge_tokens


@shared_task(name="authentication.forget", expires=60)
def forget() -> None:
    now = timezone.now()
    end_unused_sessions(at=now)
    forget_requests(at=now)
    forget_revoked_tokens(at=now)
    forget_session_cookies(at=now)
    expire_reservations(at=now)
    forget_reservations(at=now)
    purge_tokens(at=now)


@shared_task(name="authentication.tell", expires=60)
def tell() -> None:
    """End mandates first: who may no longer act is told as such."""
    now = timezone.now()
    end_mandates(at=now)
    tell_of_restrictions(at=now)
    tell_of_companies(at=now)
    tell_of_officers(at=now)
    tell_of_successions(at=now)
    warn_of_registrations(at=now)
