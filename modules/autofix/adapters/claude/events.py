"""What Claude Code says, a JSON object a line, and how its run is judged by it: by the result it
gives, never by its exit code."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

LINE: Final = 4 << 20  # bytes
KEPT: Final = 2000  # events
SAID: Final = 500  # characters
CAPS: Final = {"error_max_turns": "max_turns", "error_max_budget_usd": "max_budget"}
REFUSED: Final = (401, 403)
Event = Mapping[str, Any]


@dataclass
class Transcript:
    """Fed with stdout as it comes."""

    events: list[Event] = field(default_factory=list)
    _rest: bytes = b""

    def feed(self, said: bytes) -> bool:
        """Whether the run is over: after the result, and where the login is refused, since the CLI
        would try that again for minutes."""
        *lines, self._rest = (self._rest + said).split(b"\n")
        self._rest = self._rest[: LINE + 1]
        found = [event for line in lines if (event := _event(line)) is not None]
        self.events.extend(found[: max(0, KEPT - len(self.events))] if len(found) > 1 else found)
        return any(one.get("type") == "result" or _is_refusal(one) for one in found)

    def end(self) -> None:
        """A last line without its end."""
        self.feed(b"\n")


def _event(line: bytes) -> Event | None:
    if not line.strip() or len(line) > LINE:
        return None
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) else None


def _is_refusal(event: Event) -> bool:
    told = event.get("subtype"), event.get("error")
    return told == ("api_retry", "authentication_failed")


@dataclass(frozen=True, kw_only=True)
class Judged:
    """`failure` is empty, or a reason of docs/autofix-reasons.md with its sentence."""

    failure: str = ""
    message: str = ""
    report: Event | None = None
    until: datetime | None = None
    usd: float | None = None
    turns: int | None = None


def judge(events: Sequence[Event], *, exit_code: int, stderr: str, timed_out: bool) -> Judged:
    """Success is a result that is no error, that was completed, and that holds a report."""
    result = next((one for one in reversed(events) if one.get("type") == "result"), None)
    if any(_is_refusal(one) for one in events):
        return _refused(result)
    limit = _limit(events)
    if limit is not None or (result or {}).get("api_error") == "usage_limit_reached":
        return _used(result, "usage_limit", "The plan's usage limit is reached.", until=limit)
    if timed_out:
        return _used(result, "timeout", "It was ended at its time limit.")
    if result is None:
        return Judged(
            failure="agent_crashed", message=f"It ended with {exit_code}: {stderr[-SAID:]}"
        )
    return _by_result(result)


def _by_result(result: Event) -> Judged:
    said, status = str(result.get("result") or "")[:SAID], result.get("api_error_status")
    if capped := CAPS.get(str(result.get("subtype"))):
        return _used(result, capped, f"It came to its limit: {capped}.")
    if "Not logged in" in said or status in REFUSED:
        return _refused(result)
    if result.get("is_error") is not False or result.get("terminal_reason") != "completed":
        return _used(result, "agent_crashed", f"It ended in an error: {said or status}")
    report = result.get("structured_output")
    if not isinstance(report, dict):
        return _used(result, "no_report", "It ended without a report.")
    usd, turns = _spent(result)
    return Judged(report=report, usd=usd, turns=turns)


def _refused(result: Event | None) -> Judged:
    told = "Claude Code is not logged in, or its key is refused: set ANTHROPIC_API_KEY, or CLAUDE_CODE_OAUTH_TOKEN from `claude setup-token`."
    return _used(result, "auth", told)


def _used(
    result: Event | None, failure: str, message: str, *, until: datetime | None = None
) -> Judged:
    usd, turns = _spent(result or {})
    return Judged(failure=failure, message=message, until=until, usd=usd, turns=turns)


def _spent(result: Event) -> tuple[float | None, int | None]:
    usd, turns = result.get("total_cost_usd"), result.get("num_turns")
    return (
        float(usd) if isinstance(usd, int | float) and 0 <= usd < 1e6 else None,
        turns if isinstance(turns, int) and 0 <= turns < 10**6 else None,
    )


def _limit(events: Iterable[Event]) -> datetime | None:
    """When the plan's window begins anew; the beginning of time where it does not say."""
    for event in events:
        told = event.get("rate_limit_info")
        if isinstance(told, dict) and told.get("status") == "rejected":
            at = told.get("resetsAt")
            known = at if isinstance(at, int | float) and 0 < at < 4e9 else 0
            return datetime.fromtimestamp(known, UTC)
    return None


def log(events: Iterable[Event]) -> str:
    """What happened, a line each."""
    return "\n".join(line for event in events for line in _lines(event))


def _lines(event: Event) -> Iterable[str]:
    kind = event.get("type")
    if kind == "system" and event.get("subtype") == "init":
        yield f"claude {event.get('claude_code_version', '')}, model {event.get('model', '')}"
        for server in event.get("mcp_servers") or ():
            if server.get("status") != "connected":
                yield f"the MCP server {server.get('name')} is {server.get('status')}"
    elif kind in ("assistant", "user"):
        content = (event.get("message") or {}).get("content")
        for block in content if isinstance(content, list) else ():
            yield from _block(block)
    elif kind == "result":
        for denial in event.get("permission_denials") or ():
            yield f"denied: {denial.get('tool_name')}"


def _block(block: Event) -> Iterable[str]:
    kind = block.get("type")
    if kind == "text":
        yield str(block.get("text"))[:SAID]
    elif kind == "tool_use":
        yield f"> {block.get('name')} {json.dumps(block.get('input'), ensure_ascii=False)[:SAID]}"
    elif kind == "tool_result" and block.get("is_error"):
        yield f"! {str(block.get('content'))[:SAID]}"
