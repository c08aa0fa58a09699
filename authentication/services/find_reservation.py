"""An e-service finds a reservation of its own."""

from authentication.models import EService, LimitUse
from corpid.errors import NotFound, gettext_noop


class ReservationNotFound(NotFound):
    code = "reservation_not_found"
    title = gettext_noop("Your e-service has no such reservation.")
    remedy = gettext_noop("Use the id that the reservation was answered with.")


def find_reservation(*, e_service: EService, reference: str) -> LimitUse:
    """Another's is not there. Raises ReservationNotFound."""
    own = LimitUse.objects.filter(e_service=e_service, reference=reference)
    use = own.select_related("company").prefetch_related("mandates").first()
    if use is None:
        raise ReservationNotFound
    return use
