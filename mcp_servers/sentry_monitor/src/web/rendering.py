"""Pages out of templates, in which every value goes through one door: safetext, then autoescape.

What is ours (an id, the secret of a form, a word of an enum) says so with the filter `ours`; what
nobody marked was written by strangers.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from modules.autofix.reasons import sentence
from modules.safetext.policy import Policy
from modules.safetext.sinks import for_data, for_line, for_page

from .diff_view import File, files
from .links import Links

TEMPLATES: Final = Path(__file__).parent / "templates"
LINE: Final = 300  # characters
BLOCK: Final = 500_000  # more than a diff that is kept may have
JSON: Final = 40_000  # of a body or a snapshot


class Shown(str):
    """May be shown as it is: ours, or through safetext already."""

    __slots__ = ()


class Rendering:
    """The templates of one service. `policy` is what the operator lets through."""

    def __init__(self, links: Links, policy: Policy, *, now: Callable[[], datetime]) -> None:
        self._policy, self._now = policy, now
        self._env = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=self.shown,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._env.filters |= {
            "ours": Shown,
            "block": self.block,
            "json": self.json,
            "files": self.files,
            "altered": lambda diff: self.block(diff) != diff,
            "to_sentry": lambda url: Shown(links.sentry(url)),
            "to_issue": lambda url: Shown(links.issue(url)),
            "to_pull": lambda url: Shown(links.pull(url)),
            "meaning": sentence,  # an unknown reason comes back as it is, so it is not ours
            "iso": lambda at: Shown(at.astimezone(UTC).isoformat(timespec="seconds")),
            "moment": lambda at: Shown(moment(at, self._now())),
            "took": lambda seconds: Shown(took(seconds)),
            "since": lambda at: Shown(took((self._now() - at).total_seconds())),
            "usd": lambda amount: Shown(f"${amount:,.2f}"),
            "words": lambda name: str(name).replace("_", " "),
        }

    def render(self, template: str, values: Mapping[str, Any]) -> str:
        return self._env.get_template(template).render(**values)

    def shown(self, value: object) -> object:
        """What stands in a page for a value that a template names."""
        if isinstance(value, Shown | Markup) or not isinstance(value, str):
            return "" if value is None else value
        return Shown(for_line(value, LINE, self._policy))

    def block(self, text: str, cap: int = BLOCK) -> Shown:
        """Text of several lines."""
        return Shown(for_page(text, cap, self._policy))

    def files(self, diff: str) -> tuple[File, ...]:
        """A diff by files. It went through safetext as a whole, since a secret may span lines."""
        return files(self.block(diff))

    def json(self, value: object) -> Shown:
        """Data, indented; secrets are found by their names, too."""
        wide = replace(self._policy, default_cap=2000, items=200, total=JSON)
        data = for_data(value, origin="page", policy=wide)["data"]
        return self.block(json.dumps(data, indent=2, ensure_ascii=False), 2 * JSON)


def took(seconds: float) -> str:
    """`4 s`, `3 min 5 s`, `2 h 10 min`, `3 d 4 h`. The script of the pages counts on with it."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    if whole < 86_400:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole // 86_400} d {whole % 86_400 // 3600} h"


def moment(at: datetime, now: datetime) -> str:
    """In UTC, without the date where that is today's."""
    at, now = at.astimezone(UTC), now.astimezone(UTC)
    if at.date() == now.date():
        return f"{at:%H:%M:%S}"
    near = timedelta(0) < now - at < timedelta(days=300)
    return f"{at:%d %b %H:%M}" if near else f"{at:%Y-%m-%d %H:%M}"
