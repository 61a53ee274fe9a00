"""The same suite with one layer of the protection taken away: it must fail, and say how.

A suite that passes without what it tests proves nothing.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, Final, NamedTuple

from markupsafe import Markup

from mcp_servers.sentry_monitor.src import page_text
from mcp_servers.sentry_monitor.src.operations import services
from mcp_servers.sentry_monitor.src.web import rendering
from modules.autofix import describe, pull_text
from modules.safetext import envelope, limits, sinks, walk
from modules.tracker import bridge, ticket

from .checks import Fault
from .grammar import GUESSES


class Off(NamedTuple):
    """A function and what stands in for it."""

    module: Any
    name: str
    instead: Any


class Layer(NamedTuple):
    """What is taken away, and what the checks must find then."""

    off: Sequence[Off]
    fault: Fault
    where: str  # the renderers in which it must be found begin with this


def _as_it_is(text: Any, *_: object, **__: object) -> Any:
    return text


def _unchanged(text: str) -> tuple[str, int]:
    return text, 0


def _short_fence(text: str, info: str = "text") -> str:
    return f"```{info}\n{text}\n```"


_STRIP: Final = tuple(Off(module, "clean", _unchanged) for module in (sinks, walk, envelope))
_MARK: Final = (Off(page_text, "marked", _as_it_is), Off(sinks, "mark", _as_it_is))
_DATA: Final = (Off(services, "for_data", lambda value, **_: {"data": value}),)
_NONCE: Final = tuple(Off(module, "nonce", lambda _: GUESSES[0]) for module in (envelope, sinks))
_LOOKALIKES: Final = (Off(envelope, "_without_lookalikes", _as_it_is),)
_DEFUSE: Final = (Off(sinks, "defuse", _as_it_is),)
_FENCE: Final = (Off(sinks, "fence", _short_fence),)
_CAP: Final = (
    Off(limits, "cut", _as_it_is),
    *(Off(module, "rough", lambda text, _: (text, 0)) for module in (sinks, walk)),
)
_NAMES: Final = tuple(
    Off(describe, name, re.compile("(?s).*")) for name in ("PLAIN_NAME", "PLAIN_PATH", "SHORT_ID")
)
_ESCAPE: Final = (Off(sinks, "escape", _as_it_is),)
_PLAIN: Final = (Off(sinks, "plain", _as_it_is),)
_AUTOESCAPE: Final = (Off(rendering, "Shown", Markup),)
_SINKLESS: Final = (Off(pull_text, "for_markdown", _as_it_is),)
_TICKET: Final = (Off(ticket, "for_markdown", _as_it_is),)
_AT_HOME: Final = (Off(bridge, "at_home", _as_it_is),)
_ALL: Final = (*_STRIP, *_MARK, *_DATA, *_NONCE, *_LOOKALIKES, *_DEFUSE, *_FENCE, *_CAP)

LAYERS: Final[Mapping[str, Layer]] = {
    "strip: text": Layer(_STRIP, Fault.CONTROL, "text"),
    "strip: data": Layer(_STRIP, Fault.CONTROL, "json"),
    "strip: terminal": Layer(_STRIP, Fault.CONTROL, "terminal"),
    "strip: line": Layer(_STRIP, Fault.CONTROL, "sink line"),
    "mark: text": Layer(_MARK, Fault.UNMARKED, "text"),
    "mark: resource": Layer(_MARK, Fault.UNMARKED, "mcp"),
    "mark: sink": Layer(_MARK, Fault.UNMARKED, "sink agent"),
    "mark: data": Layer(_DATA, Fault.UNMARKED, "json"),
    "nonce: text": Layer(_NONCE, Fault.BREAK_OUT, "text"),
    "nonce: data": Layer(_NONCE, Fault.BREAK_OUT, "json"),
    "lookalikes": Layer(_LOOKALIKES, Fault.BREAK_OUT, "text"),
    "defuse": Layer(_DEFUSE, Fault.BREAK_OUT, "sink markdown"),
    "fence": Layer(_FENCE, Fault.BREAK_OUT, "sink markdown"),
    "cap": Layer(_CAP, Fault.TOO_LONG, "sink line"),
    "title: names": Layer(_NAMES, Fault.BREAK_OUT, "autofix title"),
    "commit: names": Layer(_NAMES, Fault.BREAK_OUT, "autofix commit"),
    "branch: names": Layer(_NAMES, Fault.BREAK_OUT, "autofix branch"),
    "strip: body": Layer(_STRIP, Fault.CONTROL, "autofix body"),
    "defuse: body": Layer(_DEFUSE, Fault.BREAK_OUT, "autofix body"),
    "fence: body": Layer(_FENCE, Fault.BREAK_OUT, "autofix body"),
    "body: sink": Layer(_SINKLESS, Fault.UNMARKED, "autofix body"),
    "strip: note": Layer(_STRIP, Fault.CONTROL, "autofix note"),
    "defuse: note": Layer(_DEFUSE, Fault.BREAK_OUT, "autofix note"),
    "strip: page": Layer(_STRIP, Fault.CONTROL, "autofix page"),
    "escape: page": Layer(_AUTOESCAPE, Fault.BREAK_OUT, "autofix page"),
    "mark: prompt": Layer(_MARK, Fault.UNMARKED, "autofix prompt"),
    "strip: prompt": Layer(_STRIP, Fault.CONTROL, "autofix prompt"),
    "nonce: prompt": Layer(_NONCE, Fault.BREAK_OUT, "autofix prompt"),
    "mark: failure": Layer(_MARK, Fault.UNMARKED, "autofix failure"),
    "strip: slack": Layer(_STRIP, Fault.CONTROL, "autofix slack"),
    "escape: slack": Layer(_ESCAPE, Fault.BREAK_OUT, "autofix slack"),
    "defuse: slack": Layer(_DEFUSE, Fault.BREAK_OUT, "autofix slack"),
    "plain: chat": Layer(_PLAIN, Fault.BREAK_OUT, "autofix plain"),
    "defuse: chat": Layer(_DEFUSE, Fault.BREAK_OUT, "autofix plain"),
    "defuse: title": Layer(_DEFUSE, Fault.BREAK_OUT, "tracker title"),
    "plain: title": Layer(_PLAIN, Fault.BREAK_OUT, "tracker title"),
    "strip: ticket": Layer(_STRIP, Fault.CONTROL, "tracker body"),
    "defuse: ticket": Layer(_DEFUSE, Fault.BREAK_OUT, "tracker body"),
    "fence: ticket": Layer(_FENCE, Fault.BREAK_OUT, "tracker body"),
    "sink: ticket": Layer(_TICKET, Fault.UNMARKED, "tracker body"),
    "links: ticket": Layer(_AT_HOME, Fault.BREAK_OUT, "tracker body"),
    "defuse: jira": Layer(_DEFUSE, Fault.BREAK_OUT, "tracker jira"),
    "strip: tracked page": Layer(_STRIP, Fault.CONTROL, "tracker page"),
    "escape: tracked page": Layer(_AUTOESCAPE, Fault.BREAK_OUT, "tracker page"),
    "mark: tracked": Layer(_MARK, Fault.UNMARKED, "text tracked"),
    "mark: job": Layer(_MARK, Fault.UNMARKED, "text job"),
    "mark: pull": Layer(_MARK, Fault.UNMARKED, "text pull"),
    "strip: job": Layer(_STRIP, Fault.CONTROL, "json job"),
    "all: unmarked": Layer(_ALL, Fault.UNMARKED, ""),
    "all: control": Layer(_ALL, Fault.CONTROL, ""),
    "all: break-out": Layer(_ALL, Fault.BREAK_OUT, ""),
}


@contextmanager
def without(layer: Layer) -> Iterator[None]:
    """The program without one layer, until the end of the block."""
    with ExitStack() as restored:
        for one in layer.off:
            restored.callback(setattr, one.module, one.name, getattr(one.module, one.name))
            setattr(one.module, one.name, one.instead)
        yield
