"""How a run is judged: by its report, by what the model's API answered, by how it ended; never by
what the agent says in words."""

from dataclasses import dataclass
from typing import Final

from modules.autofix.adapters.course import NO_LOGIN, Course
from modules.autofix.adapters.said import last_words

AUTH_REQUIRED: Final = -32000  # the protocol's own code ("Initialization")
TOO_MANY, BROKEN = 429, 500
SHOWN: Final = 300  # characters of its last words
STOPS: Final = {
    "max_tokens": "It stopped at the model's limit of tokens, without a report.",
    "refusal": "The model refused, and it ended without a report.",
    "cancelled": "It stopped by itself, without a report.",
}


@dataclass(frozen=True, kw_only=True)
class End:
    """How the talk ended: a stop reason of the protocol, or an error of the agent's, or neither
    where the program was gone or its time was up."""

    stop: str = ""
    error: str = ""
    error_code: int = 0


@dataclass(frozen=True, kw_only=True)
class Exit:
    """How the program ended."""

    code: int | None
    stderr: str
    timed_out: bool = False


def verdict(course: Course, end: End, left: Exit) -> tuple[str, str]:
    """Empty with a report, else a reason of docs/autofix-reasons.md with its sentence."""
    if course.report is not None:
        return "", ""
    if course.over.is_set():
        return course.ended_by
    if left.timed_out:
        return "timeout", "It was ended at its time limit."
    return _by_the_api(course) or _by_its_end(end, left)


def _by_the_api(course: Course) -> tuple[str, str] | None:
    if course.status == TOO_MANY:
        return "usage_limit", "The model's API answered 429: too many requests, or none left."
    if course.status >= BROKEN:
        return "model_unavailable", f"The model's API answered {course.status}."
    return None


def _by_its_end(end: End, left: Exit) -> tuple[str, str]:
    if end.error_code == AUTH_REQUIRED:
        return "auth", NO_LOGIN
    if end.error:
        return "agent_crashed", f"It ended in an error: {end.error}"
    if not end.stop:
        return (
            "agent_crashed",
            f"It ended with {left.code}: {last_words(left.stderr.encode(), SHOWN)}",
        )
    if end.stop == "max_turn_requests":
        return "max_turns", "It came to a limit of turns of its own."
    return "no_report", STOPS.get(end.stop, "It ended without a report.")
