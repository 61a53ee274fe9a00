"""A field of the settings, and the variables it is read from."""

from typing import Any

from pydantic import Field


def variable(*names: str, default: Any, description: str) -> Any:
    """The first name is the documented one, the others are aliases."""
    return Field(default=default, description=description, json_schema_extra={"env": list(names)})
