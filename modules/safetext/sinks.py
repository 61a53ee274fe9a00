"""The door: what text from outside passes through on its way to an agent, a person or a log."""

from functools import partial
from typing import Any, Final

from .chat import escape, plain
from .controls import clean, flatten
from .envelope import label, mark, nonce
from .limits import rough, settle
from .markdown import code_span, defuse, fence
from .policy import STRICT, Policy
from .redaction import Suspects, redact
from .walk import Walk, strings_of

PUBLIC: Final = "anyone with the public DSN"
MEMBER: Final = "members of the organization"
MODEL: Final = "a model"
PATHS: Final = 20  # cuts that are named


def for_data(
    value: object, *, origin: str, writers: str = PUBLIC, policy: Policy = STRICT
) -> dict[str, Any]:
    """JSON data between two tags that occur in none of its strings.

    Raises TypeError for what is not JSON.
    """
    strings = strings_of(value, policy)
    walk = Walk(policy, Suspects.within(strings))
    data = walk.value(value, key="", path="", depth=0)
    cuts = [walk.text(path, cap=policy.default_cap) for path in walk.cuts[:PATHS]]
    labels = {"origin": label(origin), "writable_by": label(writers)}
    tag = nonce([strings, *cuts, *labels.values()])
    notes = {"stripped": walk.stripped, "redacted": dict(walk.redacted), "cut": cuts}
    said = {name: note for name, note in notes.items() if note}
    return {"tag": tag, **labels, "data": data, **said, "end": tag}


def for_agent(text: str, *, origin: str, writers: str = PUBLIC, policy: Policy = STRICT) -> str:
    """One marked block; the length is the caller's affair."""
    return mark(_scrub(text, policy), origin=origin, writers=writers)


def marked(text: str, *, origin: str, writers: str = PUBLIC) -> str:
    """One marked block round what is made of `for_data`'s own words, so safe already."""
    return mark(text, origin=origin, writers=writers)


def for_line(text: object, cap: int = 200, policy: Policy = STRICT) -> str:
    """One line for a terminal, a log or a cell of a table."""
    seen, beyond = rough(text if isinstance(text, str) else str(text), cap)
    # Some secrets end where their line ends, so they are looked for before and after.
    line = _scrub(flatten(_scrub(seen, policy)), policy)
    return settle(line, cap, beyond, lambda part: flatten(_scrub(part, policy)))


def for_page(text: str, cap: int = 2000, policy: Policy = STRICT) -> str:
    """Lines for an HTML page, whose template escapes them."""
    seen, beyond = rough(text, cap)
    return settle(_scrub(seen, policy), cap, beyond, lambda part: _scrub(part, policy))


def for_markdown(text: str, cap: int = 2000, policy: Policy = STRICT) -> str:
    """A fenced block that no bot, forge or renderer acts on."""
    seen, beyond = rough(text, cap)
    return fence(defuse(settle(_scrub(seen, policy), cap, beyond, lambda p: _scrub(p, policy))))


def for_code(text: str, cap: int = 200, policy: Policy = STRICT) -> str:
    """A code span in Markdown, on one line, that no bot, forge or renderer acts on."""
    return code_span(defuse(for_line(text, cap, policy)))


def for_chat(text: str, cap: int = 300, *, one_line: bool = False, policy: Policy = STRICT) -> str:
    """Plain text for a chat or a mail: nothing in it is a mention, a link, a tag or a code mark."""
    seen, beyond = rough(text, cap)
    scrub = partial(_scrubbed, policy=policy, one_line=one_line)
    return plain(defuse(settle(scrub(seen), cap, beyond, scrub)))


def for_slack(text: str, cap: int = 300, *, one_line: bool = False, policy: Policy = STRICT) -> str:
    """The same in Slack's mrkdwn, whose control characters are escaped."""
    seen, beyond = rough(text, cap)
    scrub = partial(_scrubbed, policy=policy, one_line=one_line)
    return escape(defuse(settle(scrub(seen), cap, beyond, scrub)))


def _scrubbed(text: str, policy: Policy, *, one_line: bool) -> str:
    """Some secrets end where their line ends, so they are looked for before and after."""
    whole = _scrub(text, policy)
    return _scrub(flatten(whole), policy) if one_line else whole


def _scrub(text: str, policy: Policy) -> str:
    return redact(clean(text)[0], policy.kept)[0]
