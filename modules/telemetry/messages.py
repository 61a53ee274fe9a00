"""Messages that were filled with parameters, of which the name or the place may promise a secret:
`logging.error("cfg %(password)s", {"password": …})`. The text alone does not tell. No I/O but the
scrubber's."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from modules.safetext.keys import SHORT_SECRETS, is_placeholder, secret_kind
from modules.safetext.walk import HARMLESS

Json = dict[str, Any]
Scrub = Callable[[Json], object]
PARAMETER: Final = "sentry.message.parameter"
TEMPLATE: Final = "sentry.message.template"


def settle_entry(entry: Json, scrub: Scrub) -> None:
    """Leave the text of a message, filled with what may leave, without its parameters."""
    given = entry.pop("params", None)
    template = entry.get("message")
    if not given or not isinstance(template, str):
        return
    safe = _scrubbed(given, scrub)
    if safe != given or "formatted" not in entry:
        entry["formatted"] = _percent(template, safe)


def settle_record(record: Json, scrub: Scrub) -> None:
    """The same for a log, whose parameters are attributes."""
    attributes = record.get("attributes")
    if not isinstance(attributes, dict):
        return
    named = f"{PARAMETER}."
    given = {
        name[len(named) :]: value for name, value in attributes.items() if name.startswith(named)
    }
    template = attributes.get(TEMPLATE)
    record["attributes"] = {
        name: value for name, value in attributes.items() if not name.startswith(PARAMETER)
    }
    safe = _scrubbed(_in_order(given), scrub)
    if safe == _in_order(given) or not isinstance(template, str):
        return
    filled = _percent(template, safe)
    record["body"] = _braced(template, safe) if filled == template else filled


def settle_crumb(crumb: Json, message: object, given: object) -> None:
    """The same for a breadcrumb, which is made of a log message and has its text alone. Asked for
    each message that is logged, so only names are looked at."""
    safe = _hidden(given)
    if safe is not given and isinstance(message, str):
        crumb["message"] = _percent(message, safe)


def _hidden(given: Any) -> Any:
    """The parameters without what a name promises; the same object where none does."""
    if isinstance(given, Mapping):
        kinds = {name: secret_kind(str(name)) for name in given}
        hidden = {name: _instead(kind, given[name]) for name, kind in kinds.items() if kind}
        return {**given, **hidden} if hidden else given
    pair = isinstance(given, tuple) and len(given) == 2 and isinstance(given[0], str)
    kind = secret_kind(given[0]) if pair else None
    return [given[0], _instead(kind, given[1])] if kind else given


def _instead(kind: str, value: object) -> object:
    harmless = 100 if kind in SHORT_SECRETS else HARMLESS
    small = isinstance(value, int | float) and abs(value) < harmless
    return value if small or is_placeholder(str(value)) else f"[redacted:{kind}]"


def _in_order(given: Mapping[str, Any]) -> Any:
    """As a list where they have numbers for names."""
    if given and all(name == str(at) for at, name in enumerate(given)):
        return list(given.values())
    return dict(given)


def _scrubbed(given: Any, scrub: Scrub) -> Any:
    copied = {"parameters": list(given) if isinstance(given, list | tuple) else dict(given)}
    scrub(copied)
    return copied["parameters"]


def _percent(template: str, given: Any) -> str:
    """As logging fills it; not at all where what was taken out does not fit, such as in `%d`."""
    try:
        return template % (tuple(given) if isinstance(given, list) else given)
    except (TypeError, ValueError, KeyError, OverflowError):
        return template


class _Known(dict[str, Any]):
    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"


def _braced(template: str, given: Any) -> str:
    """As the SDK's own logger fills it."""
    try:
        return template.format_map(_Known(given)) if isinstance(given, dict) else template
    except (TypeError, ValueError, KeyError, IndexError, AttributeError):
        return template
