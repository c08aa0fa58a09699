"""`GET /api/v1/openapi.json`: the OpenAPI 3.1 document of the REST API."""

from django.http import HttpRequest, JsonResponse

from corpid.portal.openapi import openapi_document


def openapi(request: HttpRequest) -> JsonResponse:  # noqa: ARG001  the same for everybody
    response = JsonResponse(openapi_document(), json_dumps_params={"ensure_ascii": False})
    response["Cache-Control"] = "public, max-age=300"
    response["Access-Control-Allow-Origin"] = "*"  # public, and read by tools in browsers
    return response
