"""The table of HTTP endpoints: routes are made of it, and so is the OpenAPI document."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .answers import Refused

M = TypeVar("M", bound=BaseModel)
Handler = Callable[[Request], Awaitable[Response]]
ERROR: Final = {"$ref": "#/components/schemas/Error"}
ANY: Final = {"type": "object"}


class Asked(BaseModel):
    """What a query or a body may hold; unknown names are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Nothing(Asked):
    """No parameters."""


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One method of one path. `answers` are statuses with what they mean."""

    method: str
    path: str
    handler: Handler | None  # None: it is answered before routing
    summary: str
    tag: str
    query: type[BaseModel] = Nothing
    body: type[BaseModel] | Mapping[str, Any] | None = None
    answers: Mapping[int, str] = field(default_factory=lambda: {200: "As asked."})
    media: str = "application/json"


def routes(endpoints: tuple[Endpoint, ...]) -> list[Route]:
    """One route for each path, with all of its methods."""
    by_path: dict[str, dict[str, Handler]] = {}
    for one in endpoints:
        if one.handler is not None:
            by_path.setdefault(one.path, {})[one.method] = _checked(one, one.handler)
    return [
        Route(path, _by_method(handlers), methods=list(handlers))
        for path, handlers in by_path.items()
    ]


def _by_method(handlers: Mapping[str, Handler]) -> Handler:
    async def handle(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        return await handlers[method](request)

    return handle


def _checked(endpoint: Endpoint, handler: Handler) -> Handler:
    """No endpoint does anything where it was asked for something that it does not know."""

    async def handle(request: Request) -> Response:
        named(endpoint.query, request)
        return await handler(request)

    return handle


def named(model: type[BaseModel], request: Request) -> None:
    """Raises Refused where a parameter stands there twice, or is none of the model's."""
    given = request.query_params
    if len(given) != len(given.multi_items()):
        raise Refused(400, "bad_query", "A parameter stands there twice.")
    if not given.keys() <= model.model_fields.keys():
        raise Refused(400, "bad_query", "There is a parameter that is not known here.")


def asked(model: type[M], request: Request) -> M:
    """The query as a value. Raises Refused, which names fields and no values."""
    return checked(model, dict(request.query_params), "query")


async def sent(model: type[M], request: Request) -> M:
    """The JSON body as a value. Raises Refused."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "application/json":
        raise Refused(415, "media_type", "The body must be application/json.")
    try:
        data = await request.json()
    except (ValueError, RecursionError):
        raise Refused(400, "bad_body", "The body is no JSON.") from None
    return checked(model, data, "body")


def checked(model: type[M], data: object, where: str) -> M:
    try:
        return model.model_validate(data)
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_input=False, include_context=False)[0]
        at = ".".join(map(str, first["loc"]))[:80]
        raise Refused(400, f"bad_{where}", f"{at or where}: {first['msg']}"[:300]) from None
