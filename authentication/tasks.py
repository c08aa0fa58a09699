"""The worker's door: what is over is ended or forgotten."""

from celery import shared_task
from django.utils import timezone

from authentication.services.end_unused_sessions import end_unused_sessions
from authentication.services.forget_session_cookies import forget_session_cookies
from authentication.services.openid.forget_requests import forget_requests
from authentication.services.openid.forget_revoked_tokens import forget_revoked_tokens
from corpid.one_time.services.purge_tokens import purge_tokens


@shared_task(name="authentication.forget", expires=60)
def forget() -> None:
    now = timezone.now()
    end_unused_sessions(at=now)
    forget_requests(at=now)
    forget_revoked_tokens(at=now)
    forget_session_cookies(at=now)
    purge_tokens(at=now)
