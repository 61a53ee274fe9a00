"""The OpenAPI 3.1 document, made of the table of endpoints."""

import re
from collections.abc import Iterable
from importlib.metadata import version
from typing import Any, Final

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from .endpoints import ERROR, Endpoint

REFUSALS: Final = {
    400: "A parameter or the body does not fit; the message names it.",
    401: "The bearer token is missing or wrong.",
    403: "A request of another site.",
    404: "There is nothing of that name.",
    405: "The path has no such method.",
    408: "The body did not come in time.",
    409: "It does not fit the state, which is as it was.",
    413: "The body is too large.",
    415: "The body is of another media type.",
    421: "Another host name than this service's.",
    502: "Sentry or the forge answered with a failure.",
    503: "It cannot be done at the moment, or is not configured; the message says why.",
}
SCHEMAS: Final = {
    "Error": {
        "type": "object",
        "required": ["ok", "error"],
        "properties": {
            "ok": {"const": False},
            "error": {
                "type": "object",
                "required": ["code", "message"],
                "properties": {
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                    "next": {"type": "string"},
                },
            },
        },
    }
}


class OpenApi:
    """`GET /api/openapi.json`."""

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        self.document = document(endpoints)
        self._body = bytes(JSONResponse(self.document).body)  # it is always the same

    async def page(self, _: Request) -> Response:
        return Response(self._body, media_type="application/json")


def document(endpoints: Iterable[Endpoint]) -> dict[str, Any]:
    paths: dict[str, dict[str, Any]] = {}
    for one in endpoints:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "sentry-monitor",
            "version": version("sentry-monitor"),
            "description": "Webhooks, jobs and decisions of one sentry-monitor service.",
        },
        "paths": paths,
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{}, {"token": []}],
    }


def _operation(one: Endpoint) -> dict[str, Any]:
    told: dict[str, Any] = {
        "summary": one.summary,
        "tags": [one.tag],
        "operationId": _name(one),
        "parameters": [*_in_path(one), *_in_query(one)],
        "responses": {
            **{str(status): _answer(one, told) for status, told in one.answers.items()},
            **{str(s): _refusal(told) for s, told in REFUSALS.items() if s not in one.answers},
        },
    }
    if one.body is not None:
        told["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": _schema(one.body)}},
        }
    return told


def _name(one: Endpoint) -> str:
    return re.sub(r"\W+", "_", f"{one.method.lower()}{one.path}").strip("_")


def _in_path(one: Endpoint) -> list[dict[str, Any]]:
    names = re.findall(r"{(\w+)}", one.path)
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in names
    ]


def _in_query(one: Endpoint) -> list[dict[str, Any]]:
    schema = _schema(one.query)
    return [
        {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", ()),
            "description": about.get("description", ""),
            "schema": _without_null(about),
        }
        for name, about in schema.get("properties", {}).items()
    ]


def _without_null(about: dict[str, Any]) -> dict[str, Any]:
    """A parameter is absent, never null."""
    kinds = [one for one in about.get("anyOf", ()) if one.get("type") != "null"]
    return kinds[0] if len(kinds) == 1 else {k: v for k, v in about.items() if k != "title"}


def _answer(one: Endpoint, told: str) -> dict[str, Any]:
    schema = {"type": "object"} if one.media == "application/json" else {"type": "string"}
    return {"description": told, "content": {one.media: {"schema": schema}}}


def _refusal(told: str) -> dict[str, Any]:
    return {"description": told, "content": {"application/json": {"schema": ERROR}}}


def _schema(of: Any) -> dict[str, Any]:
    if isinstance(of, type) and issubclass(of, BaseModel):
        return _inlined(of.model_json_schema())
    return dict(of)


def _inlined(schema: dict[str, Any]) -> dict[str, Any]:
    """Enumerations stand where they are used: the document has one place for names."""
    defined = schema.pop("$defs", {})

    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            name = str(value.get("$ref", "")).rpartition("/")[2]
            return (
                walk(defined[name]) if name in defined else {k: walk(v) for k, v in value.items()}
            )
        return [walk(one) for one in value] if isinstance(value, list) else value

    found: dict[str, Any] = walk(schema)
    return found
