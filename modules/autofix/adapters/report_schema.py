"""The JSON Schema of a report, for programs that read schemas of their own kind."""

from collections.abc import Mapping
from typing import Any

from modules.autofix.job import Report


def report_schema() -> dict[str, Any]:
    """Without what some readers of schemas stumble over: `anyOf` with null, defaults."""
    schema = Report.model_json_schema()
    properties = {name: _plain(value) for name, value in schema["properties"].items()}
    required = schema["required"]
    return {
        "type": "object",
        "additionalProperties": False,
        "required": required,
        "properties": properties,
    }


def _plain(field: Mapping[str, Any]) -> dict[str, Any]:
    """A field that may be left out need not be null as well."""
    options = [one for one in field.get("anyOf", ()) if one.get("type") != "null"]
    kept = {name: value for name, value in field.items() if name not in ("anyOf", "default")}
    return {**kept, **(options[0] if options else {})}
