"""Requests held against GitHub's own description of its API (tests/agents/install.sh brings it)."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from jsonschema import Draft202012Validator

from modules.outbound.messages import Request

SCHEMA = Path(__file__).parents[2] / ".tools/github-openapi.json"


def problems(requests: Iterable[Request]) -> list[str]:
    """What GitHub does not document: paths, parameters, bodies. GraphQL has no part in it."""
    paths = json.loads(SCHEMA.read_text())["paths"]
    found: list[str] = []
    for request in requests:
        if request.path != "/graphql":
            found += _of(request, paths)
    return found


def _of(request: Request, paths: dict[str, Any]) -> list[str]:
    called = f"{request.method} {request.path}"
    template, values = _matching(request, paths)
    if template is None:
        return [f"{called}: no such path"]
    operation = paths[template][request.method.lower()]
    parameters = {(one["in"], one["name"]): one for one in operation.get("parameters", ())}
    told = [f"{called}: {one}" for one in _body(request.body, operation)]
    for place, given in (("path", values), ("query", dict(request.query))):
        for name, text in given.items():
            known = parameters.get((place, name))
            if known is None:
                told.append(f"{called}: no parameter {name!r} in the {place}")
            else:
                told += [f"{called}: {name}: {one}" for one in _value(text, known["schema"])]
    return told


def _matching(request: Request, paths: dict[str, Any]) -> tuple[str | None, dict[str, str]]:
    """The most literal template that fits and has the method."""
    for template in sorted(paths, key=lambda one: one.count("{")):
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(template))
        match = re.fullmatch(pattern, request.path)
        if match and request.method.lower() in paths[template]:
            return template, {name: unquote(text) for name, text in match.groupdict().items()}
    return None, {}


def _body(body: Any, operation: dict[str, Any]) -> list[str]:
    described = operation.get("requestBody")
    if described is None:
        return [] if body is None else ["a body that is not documented"]
    schema = described["content"]["application/json"]["schema"]
    if body is None:
        return ["no body"] if described.get("required") else []
    told = _errors(body, schema)
    known = schema.get("properties")
    if isinstance(known, dict):
        told += [f"no field {name!r}" for name in body if name not in known]
    return told


def _value(text: str, schema: dict[str, Any]) -> list[str]:
    number = schema.get("type") == "integer"
    return _errors(int(text) if number and text.isdigit() else text, schema)


def _errors(value: Any, schema: dict[str, Any]) -> list[str]:
    return [error.message for error in Draft202012Validator(schema).iter_errors(value)]
