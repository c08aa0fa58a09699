"""`/pki/…`: status and time, in the protocols' own formats; their errors are their own too."""

import base64
import binascii
from http import HTTPStatus
from urllib.parse import unquote

from cryptography.hazmat.primitives.serialization import Encoding
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from corpid.errors import NotFound, gettext_noop
from signatures.models import Certificate
from signatures.pki import ocsp, time_stamp
from signatures.services.answer_status import answer_status
from signatures.services.find_present_certificate import find_present_certificate
from signatures.services.publish_crl import publish_crl
from signatures.services.stamp_time import stamp_time


class NoSuchAuthority(NotFound):
    code = "no_such_authority"
    title = gettext_noop("There is no certification authority of this name.")
    remedy = gettext_noop("Take the address from the certificate's authority information.")


_PUBLISHED = {"root": Certificate.Profile.ROOT, "issuing": Certificate.Profile.ISSUING}


@csrf_exempt
@require_http_methods(["GET", "POST"])
def ocsp_responder(request: HttpRequest, encoded: str = "") -> HttpResponse:
    """RFC 6960, appendix A: DER by POST, or base64 in the path by GET."""
    if request.method == "POST":
        der = request.read(ocsp.LONGEST_REQUEST + 1)
    else:
        try:
            der = base64.b64decode(unquote(encoded), validate=True)
        except (binascii.Error, ValueError):
            der = b""  # answered as malformedRequest
    answer = answer_status(request_der=der, at=timezone.now())
    response = HttpResponse(answer, content_type="application/ocsp-response")
    response["Cache-Control"] = "no-store" if request.method == "POST" else "max-age=30"
    return response


@csrf_exempt
@require_POST
def time_stamping(request: HttpRequest) -> HttpResponse:
    """RFC 3161, section 3.4."""
    if request.content_type != "application/timestamp-query":
        return HttpResponse(
            "Send application/timestamp-query (RFC 3161, section 3.4).\n",
            status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            content_type="text/plain; charset=utf-8",
        )
    der = request.read(time_stamp.LONGEST_REQUEST + 1)
    answer = stamp_time(request_der=der, at=timezone.now())
    return HttpResponse(answer, content_type="application/timestamp-reply")


@require_safe
def revocation_list(_request: HttpRequest, shard: str) -> HttpResponse:
    answer = publish_crl(shard=shard, at=timezone.now())
    response = HttpResponse(answer, content_type="application/pkix-crl")
    response["Cache-Control"] = "max-age=60"
    return response


@require_safe
def authority_certificate(_request: HttpRequest, name: str) -> HttpResponse:
    """RFC 5280, section 4.2.2.1: the issuer of what points here, in DER."""
    profile = _PUBLISHED.get(name)
    if profile is None:
        raise NoSuchAuthority(name)
    certificate = find_present_certificate(profile, at=timezone.now()).as_x509()
    return HttpResponse(
        certificate.public_bytes(Encoding.DER), content_type="application/pkix-cert"
    )
