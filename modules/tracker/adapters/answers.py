"""The fields of trackers' answers that are used; all others are left out. Every word in them may
be a stranger's."""

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from .words import away

T = TypeVar("T")


class Answer(BaseModel):
    """Part of an answer."""

    model_config = ConfigDict(frozen=True, extra="ignore")


def read(kind: type[T], data: Any, tracker: str) -> T:
    """Raises TrackerAway: what cannot be read, a proxy may have written."""
    try:
        return TypeAdapter(kind).validate_python(data)
    except ValidationError:
        raise away(tracker) from None
