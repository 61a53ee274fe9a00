"""What the project in Sentry should be like: its figures, its set-up, and whether errors arrive."""

import re
from typing import Final

from .stage import Stage

PLAN: Final = re.compile(r"^plan ([0-9a-f]+), which fix-project-setup", re.MULTILINE)


async def look_after(stage: Stage) -> None:
    stage.step("How bad is it?", "Rate, trend, types, users and time to resolve, in one answer.")
    text = await stage.call("get-error-statistics", {}, most=20)
    stage.expect("each type has its share", held="type | errors | share" in text)

    stage.step(
        "Is the project set up well?",
        "Each finding has a remedy; what is safe to mend is a plan that is shown first.",
    )
    text = await stage.call("check-project-setup", {}, most=24)
    plan = PLAN.search(text)
    stage.expect("there is a plan", held=plan is not None)
    text = await stage.call("fix-project-setup", {"plan": plan[1] if plan else ""}, most=24)
    stage.expect("card numbers are scrubbed by name now", held="good: sensitive-fields" in text)
    stage.expect("IP addresses are left to you", held="your choice: ip-addresses: stored" in text)
    text = await stage.call("check-project-setup", {}, most=24)
    stage.expect("nothing is left that is safe to mend", held=PLAN.search(text) is None)

    stage.step("Would our own errors arrive?", "An error and a message, sent and found again.")
    text = await stage.call("verify-telemetry", {})
    stage.expect("both have arrived", held=text.count("arrived: event") == 2)
