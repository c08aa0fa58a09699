"""Questions of verifiers, and the answers sealed for them, are kept for 30 days."""

from datetime import datetime, timedelta

from credentials.models import PresentationRequest

KEPT_FOR = timedelta(days=30)  # after nobody can answer it any more
_AT_ONCE = 1000


def forget_presentation_requests(*, at: datetime) -> int:
    """Forget up to 1000; return how many went. What the wallet logged for its company stays."""
    over = PresentationRequest.objects.filter(expires_at__lt=at - KEPT_FOR)
    oldest = over.order_by("expires_at").values("pk")[:_AT_ONCE]
    gone, _ = PresentationRequest.objects.filter(pk__in=oldest).delete()
    return gone
