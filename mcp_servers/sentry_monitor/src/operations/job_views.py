"""How answers about repairs read."""

from collections.abc import Mapping
from typing import Any

from modules.framework.page import Page, Part, Section, Table

from .facts import many

Json = Mapping[str, Any]
LINES = ("diff", "log", "test_output", "body")
WORDS = ("title", "error", "root_cause", "explanation", "risks", "confidence")
LISTS = ("five_whys", "changed_files", "test_files")


def one_job(data: Json) -> Page:
    status = " ".join(filter(None, (data["status"], data.get("outcome", ""))))
    because = f" ({data['reason']}: {data['means']})" if data.get("reason") else ""
    head = [f"job {data['job']} for {data['issue']}: {status}, stage {data['stage']}{because}"]
    if data.get("verdict", "queued") != "queued":
        head.insert(0, f"{data['verdict']}: this job is there already")
    head.append(
        f"attempts {data['attempts']}, retries {data['retries']}, cost ${data['cost_usd']:.2f}, "
        f"stops at {data['stop_at']}"
    )
    if proof := data.get("proof"):
        word = "proven" if proof["proven"] else f"not proven: {', '.join(proof['reasons'])}"
        head.append(
            f"proof: {word}; {proof['passed_after']} passed, {proof['failed_after']} failed with "
            f"the fix, {proof['passed_before']} passed before"
        )
    head += [
        f"{name}: {data[name]}" for name in ("branch", "pr_url", "not_before") if data.get(name)
    ]
    tail = [f"{name}: {data[name]}" for name in ("more", "diff_sha256") if data.get(name)]
    tail += [f"{decision}: {_command(decision, data)}" for decision in data.get("decide", ())]
    told = data["untrusted"]["data"]
    if isinstance(told, list):
        return Page(tuple(head), (_history(data, told),), tuple(tail), origin="autofix job")
    parts = tuple(_parts(told))
    return Page(tuple(head), parts, tuple(tail), "autofix job", data["untrusted"]["writable_by"])


def _command(decision: str, data: Json) -> str:
    """What a person pastes into a shell; a client of MCP reads names and values of the tool."""
    command = f"sentry-monitor call decide-autofix-job job_id={data['job']} decision={decision}"
    if decision == "guide":
        return f"{command} text='what to do differently'"
    shown = data.get("diff_sha256") if decision == "approve" else None
    return f"{command} diff_sha256={shown}" if shown else command


def _parts(told: Json) -> list[Part]:
    words = tuple(f"{name}: {told[name]}" for name in WORDS if told.get(name) not in (None, ""))
    parts: list[Part] = [Section("", words)] if words else []
    parts += [Section(name, tuple(told[name])) for name in LISTS if told.get(name)]
    parts += [Section(name, tuple(told[name].splitlines())) for name in LINES if told.get(name)]
    if record := told.get("record"):
        lines = tuple(
            f"{name}: {value}" for name, value in record.items() if value not in (None, "", [])
        )
        parts.append(Section("record", lines))
    return parts


def _history(data: Json, told: list[Json]) -> Table:
    pairs = zip(data["history"], told, strict=True)
    rows = tuple((one["at"], one["stage"], words.get("message", "")) for one, words in pairs)
    return Table(("at", "stage", "what"), rows, "history")


def job_list(data: Json) -> Page:
    rows = tuple(
        (
            one["job"],
            one["issue"],
            " ".join(filter(None, (one["status"], one.get("outcome", "")))),
            one["stage"],
            one.get("reason", ""),
            one["created_at"],
            words.get("title", ""),
        )
        for one, words in zip(data["jobs"], data["untrusted"]["data"], strict=True)
    )
    head = [f"{many(len(rows), 'job')}, newest first"]
    if data["stopped"]:
        head.append(f"nothing runs now: {data['stopped']}")
    columns = ("job", "issue", "status", "stage", "reason", "created", "title")
    return Page(tuple(head), (Table(columns, rows),) if rows else (), origin="autofix jobs")


def pull_requests(data: Json) -> Page:
    pulls, told = data["pull_requests"], data["untrusted"]["data"]
    rows = tuple(
        (
            f"#{one['number']}",
            f"{one['state']}{', draft' if one['draft'] else ''}",
            words.get("head", ""),
            words.get("title", ""),
        )
        for one, words in zip(pulls, told, strict=True)
    )
    parts: list[Part] = [Table(("number", "state", "branch", "title"), rows)] if rows else []
    for one in told:
        parts += [
            Section(name, tuple(one[name])) for name in ("files", "comments") if one.get(name)
        ]
        parts += [Section("body", tuple(one["body"].splitlines()))] if one.get("body") else []
    left = f" of {data['total']}, newest first" if data["total"] > len(rows) else ""
    return Page(
        (many(len(rows), "pull request") + left,), tuple(parts), (), "pull requests", "a model"
    )
