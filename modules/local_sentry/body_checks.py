"""What Sentry's serializers complain about, whatever the body is of."""

from collections.abc import Iterable
from typing import Any, Final

from .errors import FieldErrors
from .models import Json

REQUIRED: Final = "This field is required."


def refuse(field: str, why: str) -> FieldErrors:
    return FieldErrors({field: [why]})


def need_text(body: Json, field: str, *, most: int) -> str:
    """Raises FieldErrors."""
    value = body.get(field)
    if value is None:
        raise refuse(field, REQUIRED)
    if not isinstance(value, str) or not value.strip():
        raise refuse(field, "This field may not be blank.")
    if len(value) > most:
        raise refuse(field, f"Ensure this field has no more than {most} characters.")
    return value.strip()


def need_choice(body: Json, field: str, choices: Iterable[Any]) -> Any:
    """Raises FieldErrors."""
    value = body.get(field)
    if value is None:
        raise refuse(field, REQUIRED)
    if isinstance(value, bool) or value not in choices:
        raise refuse(field, f'"{value}" is not a valid choice.')
    return value


def need_object(body: Json, field: str) -> Json:
    value = body.get(field)
    if not isinstance(value, dict):
        why = REQUIRED if value is None else "Invalid data. Expected a dictionary."
        raise refuse(field, why)
    return value


def need_list(body: Json, field: str) -> list[Json]:
    """Of objects. Raises FieldErrors."""
    value = body.get(field)
    if not isinstance(value, list):
        why = REQUIRED if value is None else 'Expected a list of items but got type "str".'
        raise refuse(field, why)
    if not all(isinstance(one, dict) for one in value):
        raise refuse(field, "Invalid data. Expected a dictionary.")
    return value


def check_environment(body: Json, known: Iterable[str]) -> None:
    name = body.get("environment")
    if name is not None and name not in known:
        raise refuse("environment", "This environment has not been created.")


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
