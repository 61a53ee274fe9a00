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
TOO_MANY, BROKEN = 429, 500
NOT_IN_FORM: Final = "error_max_structured_output_retries"
LATEST: Final = 4e9  # seconds since 1970: nothing that is meant ends later
GRACE_S: Final = 3.0  # for the CLI to end by itself after its result
Event = Mapping[str, Any]


@dataclass
class Transcript:
    """Fed with stdout as it comes."""

    events: list[Event] = field(default_factory=list)
    _rest: bytes = b""

    def feed(self, said: bytes) -> float | None:
        """The seconds that the CLI has left: some after the result, none where the login is
        refused, since it would try that again for minutes. None while the run goes on."""
        *lines, self._rest = (self._rest + said).split(b"\n")
        self._rest = self._rest[: LINE + 1]
        found = [event for line in lines if (event := _event(line)) is not None]
        for event in found:
            if len(self.events) < KEPT or _decides(event):
                self.events.append(event)
        if any(_is_refusal(one) for one in found):
            return 0.0
        return GRACE_S if any(one.get("type") == "result" for one in found) else None

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


def _decides(event: Event) -> bool:
    """About the run as a whole: what was said and done before may be left out of a long one."""
    return event.get("type") not in ("assistant", "user")


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
        return _refused(result or _free_of_charge(events))
    limit = _limit(events)
    if limit is not None or (result or {}).get("api_error") == "usage_limit_reached":
        until = _time((limit or {}).get("resetsAt"))
        return _used(result, "usage_limit", "The plan's usage limit is reached.", until=until)
    if timed_out:
        return _used(result, "timeout", "It was ended at its time limit.")
    if result is None:
        told = f"It ended with {exit_code}: {stderr[:SAID]}"
        return Judged(failure="agent_crashed", message=told)
    return _by_result(result)


def _by_result(result: Event) -> Judged:
    said, status = str(result.get("result") or "")[:SAID], result.get("api_error_status")
    kind = str(result.get("subtype"))
    if capped := CAPS.get(kind):
        return _used(result, capped, f"It came to its limit: {capped}.")
    if kind == NOT_IN_FORM:
        return _used(result, "no_report", "It gave no report in the form that was asked for.")
    if result.get("is_error") is not False or result.get("terminal_reason") != "completed":
        return _by_error(result, said or kind, status)
    report = result.get("structured_output")
    if not isinstance(report, dict):
        return _used(result, "no_report", "It ended without a report.")
    usd, turns = _spent(result)
    return Judged(report=report, usd=usd, turns=turns)


def _by_error(result: Event, said: str, status: object) -> Judged:
    """What is nobody's fault here, and what a person has to see to, is told apart from a crash."""
    if "Not logged in" in said or status in REFUSED:
        return _refused(result)
    if "Credit balance is too low" in said:
        return _used(result, "usage_limit", "The account of the key has no credit left.")
    if isinstance(status, int) and (status == TOO_MANY or status >= BROKEN):
        told = f"The model's API answered {status}, again and again."
        return _used(result, "model_unavailable", told)
    return _used(result, "agent_crashed", f"It ended in an error: {said}")


def _refused(result: Event | None) -> Judged:
    told = "Claude Code is not logged in, or its key is refused: set ANTHROPIC_API_KEY, or CLAUDE_CODE_OAUTH_TOKEN from `claude setup-token`."
    return _used(result, "auth", told)


def _free_of_charge(events: Iterable[Event]) -> Event | None:
    """A login that was refused before the model said anything; else nobody knows."""
    if any(one.get("type") == "assistant" for one in events):
        return None
    return {"total_cost_usd": 0, "num_turns": 0}


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


def _limit(events: Iterable[Event]) -> Event | None:
    """What is told of a plan's window that is used up."""
    told = (one.get("rate_limit_info") for one in events)
    return next(
        (one for one in told if isinstance(one, dict) and one.get("status") == "rejected"), None
    )


def _time(at: object) -> datetime | None:
    """Of seconds since 1970."""
    if isinstance(at, int | float) and 0 < at < LATEST:
        return datetime.fromtimestamp(at, UTC)
    return None


def log(events: Iterable[Event]) -> str:
    """What happened, a line each."""
    return "\n".join(line for event in events for line in _lines(event))


def _lines(event: Event) -> Iterable[str]:
    match event.get("type"), event.get("subtype"):
        case "system", "init":
            yield from _start(event)
        case "system", "api_retry":
            yield f"the API answered {event.get('error_status')}: {event.get('error')}"
        case (("assistant" | "user"), _):
            message = event.get("message")
            for block in _objects(message.get("content") if isinstance(message, dict) else ()):
                yield from _block(block)
        case "result", _:
            for denial in _objects(event.get("permission_denials")):
                yield f"denied: {denial.get('tool_name')}"


def _start(event: Event) -> Iterable[str]:
    yield f"claude {event.get('claude_code_version', '')}, model {event.get('model', '')}"
    for server in _objects(event.get("mcp_servers")):
        if server.get("status") != "connected":
            yield f"the MCP server {server.get('name')} is {server.get('status')}"


def _objects(told: object) -> Iterable[Event]:
    return [one for one in told if isinstance(one, dict)] if isinstance(told, list) else ()


def _block(block: Event) -> Iterable[str]:
    kind = block.get("type")
    if kind == "text":
        yield str(block.get("text"))[:SAID]
    elif kind == "tool_use":
        yield f"> {block.get('name')} {json.dumps(block.get('input'), ensure_ascii=False)[:SAID]}"
    elif kind == "tool_result" and block.get("is_error"):
        yield f"! {str(block.get('content'))[:SAID]}"
