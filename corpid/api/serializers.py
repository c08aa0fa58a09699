"""Serializers that refuse what they do not know."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail


class StrictSerializer(serializers.Serializer[Any]):
    """A member that no field names is an error of its own: silence would hide a misspelling.

    Whatever is wrong is told at once.
    """

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return super().to_internal_value(data)
        found: dict[str, Any] = {
            name: [ErrorDetail("Unknown field.", code="unknown_field")]
            for name in sorted(set(data) - set(self.fields))
        }
        try:
            value = super().to_internal_value(data)
        except serializers.ValidationError as error:
            raise serializers.ValidationError(
                {**found, **serializers.as_serializer_error(error)}
            ) from error
        if found:
            raise serializers.ValidationError(found)
        return value
