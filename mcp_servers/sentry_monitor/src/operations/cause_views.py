"""How an answer about a suspected cause reads."""

from collections.abc import Mapping
from typing import Any, Final

from modules.framework.page import Page, Part, Section, Table

from .facts import many

Json = Mapping[str, Any]
SHORT: Final = 12


def cause(data: Json) -> Page:
    told = data["untrusted"]["data"]
    looked = f"{many(data['looked_at'], 'commit')} of the {data['hours']} hours before"
    head = (
        f"{data['issue']}: {many(len(data['commits']), 'suspect')}, likeliest first; looked at "
        f"{looked} {data['before']}, from {data['source']}",
    )
    parts: list[Part] = []
    for facts, words in zip(data["commits"], told["commits"], strict=True):
        parts.append(_commit(facts, words))
    parts += _sentry(data, told)
    rows = tuple(
        (facts["at"], words.get("environment", ""), words.get("release", ""))
        for facts, words in zip(data["deployments"], told["deployments"], strict=True)
    )
    parts += [Table(("at", "environment", "release"), rows, "deployments")] if rows else []
    if changed := told["recently_changed"]:
        parts.append(Section("files of the stack that were changed", tuple(changed)))
    return Page(head, tuple(parts), (), "git history", data["untrusted"]["writable_by"])


def _commit(facts: Json, words: Json) -> Section:
    lines = (
        f"{words.get('title', '')} by {words.get('author', '')}",
        *(f"  {reason}" for reason in words.get("reasons", ())),
        f"  files: {', '.join(words.get('files', ()))}",
    )
    pull = f", pull request {facts['pull_request']}" if facts.get("pull_request") else ""
    return Section(
        f"{facts.get('sha', '?')[:SHORT]} {facts['at']}, score {facts['score']}{pull}", lines
    )


def _sentry(data: Json, told: Json) -> list[Part]:
    rows = tuple(
        (
            facts.get("sha", "?")[:SHORT],
            facts.get("at", ""),
            *(words.get(name, "") for name in ("author", "title", "how")),
        )
        for facts, words in zip(data["sentry_suspects"], told["sentry_suspects"], strict=True)
    )
    columns = ("commit", "at", "author", "title", "how")
    return [Table(columns, rows, "Sentry suspects")] if rows else []
