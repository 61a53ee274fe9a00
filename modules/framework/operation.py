"""An operation: one async function whose name, parameters and docstring become tool and command."""

import difflib
import inspect
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.fields import FieldInfo

from .contracts import Answer
from .errors import InvalidParameters
from .page import Page

Services = TypeVar("Services")
View = Callable[[Mapping[str, Any]], Page]


class Parameters(BaseModel):
    """Parameters of an operation. Unknown names are refused; agents may send ids as numbers."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


@dataclass(frozen=True, kw_only=True)
class Operation(Generic[Services]):
    """A named, described, typed thing to do."""

    name: str
    summary: str
    description: str
    parameters: type[Parameters]
    run: Callable[[Services, Any], Awaitable[Answer]]
    view: View
    read_only: bool
    destructive: bool = False
    idempotent: bool = True
    scopes: tuple[str, ...] = ()
    toolset: str = ""  # offered to agents only where it is asked for; empty for always
    whole: bool = False  # half of it is not done: a command's exit code tells a partial success

    def parse(self, parameters: Mapping[str, Any]) -> Parameters:
        """The typed parameters.

        Raises InvalidParameters: names each field and what is allowed, never a value.
        """
        try:
            return self.parameters.model_validate(dict(parameters))
        except ValidationError as problem:
            known = list(self.parameters.model_fields)
            fields = self.parameters.model_fields
            found = problem.errors(include_url=False)
            schema = self.parameters.model_json_schema().get("properties", {})
            problems = [
                _problem(one, known, _about(one, fields), _range(one, schema)) for one in found
            ]
            raise InvalidParameters(
                f"{self.name}: {'; '.join(problems)}",
                recovery=f"Parameters of {self.name}: {self.signature()}.",
                details={"parameters": known},
            ) from None

    def signature(self) -> str:
        """`issue_id, limit=10, query=…`: the parameters with their defaults, as they are given."""
        fields = self.parameters.model_fields.items()
        return ", ".join(
            name if field.is_required() else f"{name}={spelled(field.default) or '…'}"
            for name, field in fields
        )


def operation(
    *,
    view: View,
    read_only: bool,
    destructive: bool = False,
    idempotent: bool = True,
    scopes: Sequence[str] = (),
    toolset: str = "",
    whole: bool = False,
) -> Callable[[Callable[[Services, Any], Awaitable[Answer]]], Operation[Services]]:
    """Make an operation of `async def name(services, params: Model) -> Answer`.

    `scopes`: Sentry token scopes of which any one is enough. `toolset`: agents are offered it only
    where these tools are asked for, since each costs tokens. `whole`: half of it is not done.
    """

    def wrap(run: Callable[[Services, Any], Awaitable[Answer]]) -> Operation[Services]:
        doc = re.sub(r"\s+", " ", inspect.getdoc(run) or "")
        model = get_type_hints(run)["params"]
        return Operation(
            name=run.__name__.replace("_", "-"),
            summary=f"{doc.rstrip('.').partition('. ')[0]}.",
            description=doc,
            parameters=model,
            run=run,
            view=view,
            read_only=read_only,
            destructive=destructive,
            idempotent=idempotent,
            scopes=tuple(scopes),
            toolset=toolset,
            whole=whole,
        )

    return wrap


def spelled(value: object) -> str:
    """A default as a caller would give it; empty where there is none."""
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def allowed(schema: Mapping[str, Any]) -> str:
    """The values that a parameter's JSON schema allows: `a|b|c` or `1 to 100`; empty if any."""
    inner = next((one for one in schema.get("anyOf", ()) if one.get("type") != "null"), schema)
    if "enum" in inner:
        return "|".join(map(str, inner["enum"]))
    if "minimum" in inner and "maximum" in inner:
        return f"{inner['minimum']} to {inner['maximum']}"
    return "true|false" if inner.get("type") == "boolean" else ""


def _about(error: Mapping[str, Any], fields: Mapping[str, FieldInfo]) -> str:
    """What the field's description says."""
    field = fields.get(str(error["loc"][0])) if error["loc"] else None
    return (field.description or "").rstrip(".") if field else ""


def _range(error: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """What the field takes, where it takes only numbers of a range, or a switch."""
    field = schema.get(str(error["loc"][0])) if error["loc"] else None
    values = allowed(field) if field else ""
    return values if " to " in values or values == "true|false" else ""


def _problem(error: Mapping[str, Any], known: Sequence[str], about: str, values: str) -> str:
    where = ".".join(str(part)[:64] for part in error["loc"])
    if error["type"] == "extra_forbidden":
        near = difflib.get_close_matches(where, known, n=1)
        return f"unknown parameter {where!r}" + (f" (did you mean {near[0]!r}?)" if near else "")
    if error["type"] == "missing":
        return f"parameter {where!r} is required"
    message = str(error["msg"]).removeprefix("Value error, ")
    return f"parameter {where!r}{_fault(error, message, about, values)}" if where else message


def _fault(error: Mapping[str, Any], message: str, about: str, values: str) -> str:
    if values:
        kind = "true or false" if values == "true|false" else f"a whole number, {values}"
        return f" must be {kind}"
    if error["type"] == "string_pattern_mismatch":
        return f" has another form than it must ({about})"
    return f": {message[:1].lower()}{message[1:]}"
