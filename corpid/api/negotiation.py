"""Which format an answer has: a view that writes one, writes that one."""

from collections.abc import Iterable
from typing import cast

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class OneFormat(DefaultContentNegotiation):
    """Spare the usual caller (`Accept: */*`, or the very format) a sorting of media types."""

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        only, *others = renderers
        accepted = request.META.get("HTTP_ACCEPT", "*/*")
        if not others and accepted in {"*/*", only.media_type}:
            return only, only.media_type
        return cast(
            "tuple[BaseRenderer, str]",
            super().select_renderer(request, [only, *others], format_suffix),
        )
