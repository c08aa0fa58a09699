"""Sign out of this browser."""

from uuid import UUID

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from authentication.models import Account
from authentication.services.end_sessions import end_sessions
from authentication.web.session_limits import SESSION_ID


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    end_here(request)
    return HttpResponseRedirect(reverse("home"))


def end_here(request: HttpRequest) -> None:
    """End this browser's session, and what rests on it; nothing where nobody is signed in."""
    user = request.user
    if user.is_authenticated:
        account = Account.objects.get(pk=user.pk)
        end_sessions(account=account, only=UUID(request.session[SESSION_ID]), at=timezone.now())
    logout(request)
