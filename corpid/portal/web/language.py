"""Choose the language of pages: the cookie for this browser, the account for letters."""

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import check_for_language
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from authentication.models import Account


@require_POST
def language(request: HttpRequest) -> HttpResponseBase:
    chosen = request.POST.get("language", "")
    if request.user.is_authenticated and check_for_language(chosen):
        Account.objects.filter(pk=request.user.pk).update(language=chosen)
    return set_language(request)
