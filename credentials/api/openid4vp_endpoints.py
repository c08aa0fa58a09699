"""`/openid4vp/…`: wallets fetch a verifier's request and post the answer.

These answer in the standard's own terms (OpenID4VP 1.0, sections 5 and 8), not as problems.
"""

import logging
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from corpid.errors import CorpIDError, Gone, NotAvailable, NotFound
from credentials.openid4vp import REQUEST_MEDIA_TYPE
from credentials.services.receive_presentation import receive_presentation
from credentials.services.serve_presentation_request import serve_presentation_request

logger = logging.getLogger(__name__)

MAX_BODY = 1024 * 1024
MAX_WALLET_NONCE = 200
_STATUS: dict[type[CorpIDError], int] = {NotFound: 404, Gone: 410, NotAvailable: 503}
_FORM = "application/x-www-form-urlencoded"


def _no_store(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    return response


def _error(error: CorpIDError) -> HttpResponse:
    """Say what is wrong by the standard's name, and no more than that."""
    logger.info("%s: %s", error.code, error.detail)
    status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 400)
    body: dict[str, Any] = {
        "error": error.oauth_error or "invalid_request",
        "error_description": error.code,
    }
    return _no_store(JsonResponse(body, status=status))


@csrf_exempt
@require_http_methods(["GET", "POST"])
def serve_request(request: HttpRequest, request_id: str) -> HttpResponse:
    """Hand out the signed request; by POST with the wallet's own nonce in it (5.10)."""
    wallet_nonce = request.POST.get("wallet_nonce") if request.method == "POST" else None
    if wallet_nonce is not None and len(wallet_nonce) > MAX_WALLET_NONCE:
        return _no_store(JsonResponse({"error": "invalid_request"}, status=400))
    try:
        token = serve_presentation_request(
            request_id=request_id, at=timezone.now(), wallet_nonce=wallet_nonce
        )
    except CorpIDError as error:
        return _error(error)
    return _no_store(HttpResponse(token, content_type=REQUEST_MEDIA_TYPE))


@csrf_exempt
@require_POST
def receive_response(request: HttpRequest, request_id: str) -> HttpResponse:
    """Take a direct_post (8.2)."""
    if request.content_type != _FORM:
        return _no_store(JsonResponse({"error": "invalid_request"}, status=415))
    body = request.read(MAX_BODY + 1)
    try:
        receive_presentation(request_id=request_id, body=body, at=timezone.now())
    except CorpIDError as error:
        return _error(error)
    return _no_store(JsonResponse({}))
