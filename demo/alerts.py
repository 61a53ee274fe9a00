"""The built-in alert rules of the project: planned, applied, and in step after it."""

from .stage import Stage


async def alert(stage: Stage) -> None:
    stage.step(
        "Who is told of the next one?",
        "More than 10 errors a minute, new errors, regressions: first what would change, then the "
        "change, then a second look, which changes nothing.",
    )
    text = await stage.call("ensure-alert-rules", {}, most=20)
    stage.expect("the plan creates five rules", held=_keys(text, "create") == 5)
    text = await stage.call("ensure-alert-rules", {"apply": True}, most=20)
    stage.expect("they are created", held=_keys(text, "created") == 5)
    text = await stage.call("check-alert-rules", {}, most=20)
    stage.expect("Sentry has what the file asks for", held="as the file says" in text)
    text = await stage.call("list-alert-rules", {}, most=20)
    stage.expect("each of them ends its name with our mark", held="shop/new-errors]" in text)


def _keys(text: str, state: str) -> int:
    """How many rules are in that state, whatever objects of Sentry make them up."""
    lines = [line for line in text.splitlines() if line.strip().startswith(f"{state}: ")]
    return len({line.strip().split()[2].rstrip(":") for line in lines})
