"""Answers as JSON, written by orjson."""

from collections.abc import Mapping
from typing import Any

import orjson
from rest_framework.renderers import BaseRenderer


class OrjsonRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None  # JSON is UTF-8 (RFC 8259, section 8.1)

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,  # noqa: ARG002  the signature of DRF
        renderer_context: Mapping[str, Any] | None = None,  # noqa: ARG002  the signature of DRF
    ) -> bytes:
        return b"" if data is None else orjson.dumps(data, default=str)
