"""Operations as MCP tools."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import mcp.types as t
from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from modules.framework.operation import Operation
from modules.framework.registry import Registry

ASKED_BY: Final = {"tracker": "SENTRY_TRACKER"}  # else by the flag


class UnknownTools(Exception):
    """A name given to --tools, --exclude-tools or --toolsets is none."""


@dataclass(frozen=True)
class Selection:
    """Which tools a server offers; fixed for its life, as the protocol demands."""

    read_only: bool = False
    only: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()
    toolsets: frozenset[str] | None = None  # beside what is always offered; None for all

    def of(self, registry: Registry[Any]) -> dict[str, Operation[Any]]:
        """By name, sorted: a stable list keeps prompt caches warm. Raises UnknownTools."""
        if unknown := (self.only | self.without) - set(registry.names):
            known = ", ".join(sorted(registry.names))
            raise UnknownTools(f"no such tool: {', '.join(sorted(unknown))}; there are: {known}")
        sets = {one.toolset for one in registry if one.toolset}
        if strange := (self.toolsets or frozenset()) - sets:
            known = ", ".join(sorted(sets))
            raise UnknownTools(f"no such toolset: {', '.join(sorted(strange))}; there are: {known}")
        chosen = (one for one in registry if self._offers(one))
        return {one.name: one for one in sorted(chosen, key=lambda one: one.name)}

    def left_out_by(self, registry: Registry[Any], name: str) -> str:
        """The flags and settings that keep an operation from being offered; empty for what is none, or is."""
        if name not in registry.names:
            return ""
        flags = {
            "--read-only": self.read_only and not registry.find(name).read_only,
            "--tools": bool(self.only) and name not in self.only,
            "--exclude-tools": name in self.without,
            ASKED_BY.get(registry.find(name).toolset, "--toolsets"): self._idle(
                registry.find(name)
            ),
        }
        return " and ".join(flag for flag, applies in flags.items() if applies)

    def _offers(self, one: Operation[Any]) -> bool:
        allowed = one.read_only or not self.read_only
        wanted = not self.only or one.name in self.only
        return allowed and wanted and one.name not in self.without and not self._idle(one)

    def _idle(self, one: Operation[Any]) -> bool:
        if self.toolsets is None or not one.toolset or one.name in self.only:
            return False
        return one.toolset not in self.toolsets


class Slim(GenerateJsonSchema):
    """A schema without titles, where `X | None = None` appears as plain X: half the tokens."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def model_schema(self, schema: core_schema.ModelSchema) -> dict[str, Any]:
        slim = super().model_schema(schema)
        return {key: value for key, value in slim.items() if key not in ("title", "description")}

    def nullable_schema(self, schema: core_schema.NullableSchema) -> dict[str, Any]:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> dict[str, Any]:
        slim = super().default_schema(schema)
        return {key: value for key, value in slim.items() if key != "default" or value}

    def str_schema(self, schema: core_schema.StringSchema) -> dict[str, Any]:
        """Patterns and lengths are checked, and told when they fail; the model need not see them."""
        slim = super().str_schema(schema)
        return {k: v for k, v in slim.items() if k not in ("maxLength", "minLength", "pattern")}


def input_schema(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema of an operation's parameters."""
    return model.model_json_schema(schema_generator=Slim, mode="validation")


def tool(one: Operation[Any]) -> t.Tool:
    """All four hints are given: an absent one means destructive, not idempotent, open."""
    return t.Tool(
        name=one.name,
        description=one.description,
        input_schema=input_schema(one.parameters),
        annotations=t.ToolAnnotations(
            read_only_hint=one.read_only,
            destructive_hint=one.destructive,
            idempotent_hint=one.idempotent,
            open_world_hint=True,
        ),
    )


def tools(operations: Iterable[Operation[Any]]) -> list[t.Tool]:
    return [tool(one) for one in operations]
