"""How a run of the real Claude Code ends, and what is made of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from agents.model import Turn, call, say

from .ground import KEY, RESET, USED_UP, Ground, bash, reported

DEAR: Final = {"input_tokens": 900_000, "output_tokens": 20}
NO_CREDIT: Final = "Your credit balance is too low to access the Anthropic API."
PLAN: Final = {"plan_token": "token-of-a-plan-41f2"}


@dataclass(frozen=True, kw_only=True)
class End:
    name: str
    script: Sequence[Turn]
    failure: str
    told: str  # in the message
    task: dict[str, Any] = field(default_factory=dict)
    login: dict[str, str] = field(default_factory=lambda: {"key": KEY})


ENDS: Final = (
    End(
        name="never reported",
        script=[say("It is done."), say("It is done.")],
        failure="no_report",
        told="without a report",
    ),
    End(
        name="reports in no form",
        script=[call("StructuredOutput", classification="nonsense")] * 5,
        failure="no_report",
        told="form",
    ),
    End(
        name="turn cap",
        script=[bash("echo x >> made.txt")] * 2,
        task={"turns": 2},
        failure="max_turns",
        told="limit",
    ),
    End(
        name="not logged in",
        script=[],
        login={"plan_token": ""},
        failure="auth",
        told="`claude setup-token`",
    ),
    End(
        name="no credit",
        script=[Turn(status=400, error="invalid_request_error", message=NO_CREDIT)],
        failure="usage_limit",
        told="no credit",
    ),
    End(
        name="refused for good",
        script=[Turn(status=400, error="invalid_request_error")],
        failure="agent_crashed",
        told="400",
    ),
    End(
        name="broken for good",
        script=[Turn(status=500)],
        failure="model_unavailable",
        told="500",
    ),
    End(
        name="wrong model",
        script=[Turn(status=404, error="not_found_error")],
        failure="agent_crashed",
        told="selected model",
    ),
)


@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.name)
async def test_a_run_that_ends_without_a_report(ground: Ground, end: End) -> None:
    ground.login = end.login

    ran = await ground.run(end.script, **end.task)

    assert (ran.result.failure, ran.result.report) == (end.failure, None)
    assert end.told in ran.result.message


async def test_a_usage_limit_tells_when_it_ends(ground: Ground) -> None:
    ground.login = PLAN

    ran = await ground.run([Turn(status=429, error="rate_limit_error", headers=USED_UP)])

    assert (ran.result.failure, ran.result.report) == ("usage_limit", None)
    assert ran.result.until == datetime.fromtimestamp(RESET, UTC)
    assert ran.result.usd == 0


async def test_a_refused_key_is_not_tried_for_minutes(ground: Ground) -> None:
    ran = await ground.run([Turn(status=401, error="authentication_error")])

    assert ran.result.failure == "auth"
    assert "set ANTHROPIC_API_KEY" in ran.result.message
    assert ran.result.seconds < 5
    assert len(ran.model.asked) <= 2
    assert ran.result.usd == 0


async def test_what_a_capped_run_changed_and_cost_is_known(ground: Ground) -> None:
    """A cap is looked at after a call, so the last one may go beyond it."""
    dear = Turn(bash("echo x >> made.txt").blocks, usage=DEAR)

    ran = await ground.run([bash("echo x >> made.txt"), dear], usd=0.5)

    assert ran.result.failure == "max_budget"
    assert ran.result.usd > 0.5
    assert (ground.tree / "made.txt").exists()


async def test_what_was_denied_is_told_and_is_no_failure(ground: Ground) -> None:
    script = [
        call("Write", file_path="/tmp/beside.txt", content="x"),  # noqa: S108 - inside
        bash("sleep 300 & echo started", after="outside /repo"),
        reported(after="denied"),
    ]

    ran = await ground.run(script)

    assert ran.result.failure == ""
    assert "denied: Write\ndenied: Bash" in ran.result.log


async def test_an_outage_that_ends_is_nothing(ground: Ground) -> None:
    ran = await ground.run([Turn(reported().blocks, shaky=(529, 500))])

    assert ran.result.failure == ""
    assert len(ran.model.asked) == 3
