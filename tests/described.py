"""The OpenAPI document of the endpoints that the app wires, known without running it."""

from typing import Any

from agents.api.openapi import openapi_of
from docs.reference import endpoints

__all__ = ["document", "endpoints"]


def document() -> dict[str, Any]:
    """Return the OpenAPI document."""
    return openapi_of(endpoints())
