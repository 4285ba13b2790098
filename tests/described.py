"""The endpoints that the app wires, and their OpenAPI document, known without running it."""

import inspect
from typing import Any

from agents import wiring
from agents.api.endpoint import Endpoint
from agents.api.openapi import OpenApiEndpoints, openapi_of


def endpoints() -> list[Endpoint]:
    """Return what the endpoint classes that the wiring imports say of themselves."""
    classes = [one for one in vars(wiring).values() if inspect.isclass(one)]
    marks = [getattr(method, "__endpoint__", None) for one in (*classes, OpenApiEndpoints) for method in vars(one).values()]
    return [mark for mark in marks if isinstance(mark, Endpoint)]


def document() -> dict[str, Any]:
    """Return the OpenAPI document of these."""
    return openapi_of(endpoints())
