"""`make demo`: the whole loop on this machine, without an account or a key."""

import argparse
import asyncio
import signal
import sys
import time
from contextlib import suppress

from mcp import Client, MCPError, StdioServerParameters

from .processes import HERE, DidNotStart, LocalSentry, bare, local_sentry
from .repairs import Workplace, workplace
from .stage import Stage
from .story import NotFoundInAnswer, play
from .transcript import Transcript

TITLE = "sentry-monitor: a broken shop, a real server, every operation over MCP"

TELEMETRY = {"SENTRY_MONITOR_TOOLSETS": "telemetry"}


def main(argv: list[str]) -> int:
    """The exit code: 0 only if everything was as expected."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave the server up until Ctrl-C")
    parser.add_argument("--plain", action="store_true", help="no colour")
    options = parser.parse_args(argv)
    transcript = Transcript(plain=options.plain)
    try:
        return asyncio.run(_demonstrate(transcript, keep=options.keep))
    except DidNotStart as error:
        transcript.checked(str(error), held=False)
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 130


async def _demonstrate(transcript: Transcript, *, keep: bool) -> int:
    _end_with_the_task()
    started = time.perf_counter()
    async with local_sentry() as sentry, workplace(sentry.project) as place:
        transcript.opening(TITLE, (f"local-sentry is up at {sentry.url}, process {sentry.pid}",))
        async with Client(_server(sentry, place)) as client:
            stage = Stage(client, transcript)
            try:
                await play(stage, sentry, place)
            except (NotFoundInAnswer, MCPError) as error:
                stage.failed.append(f"the story stopped: {error}")
        transcript.summary(stage.rows)
        _verdict(stage, time.perf_counter() - started)
        if keep:
            await _keep(sentry, transcript)
        else:
            transcript.told(("Keep it and try your own calls: make demo DEMO=--keep",))
    return 1 if stage.failed else 0


def _end_with_the_task() -> None:
    """A polite kill or a closed terminal runs the same clean-up as Ctrl-C."""
    task = asyncio.current_task()
    if task is not None:
        for number in (signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)


def _server(sentry: LocalSentry, place: Workplace) -> StdioServerParameters:
    return StdioServerParameters(
        command=sys.executable,
        args=["-m", "mcp_servers.sentry_monitor", "mcp", "--toolsets", "telemetry"],
        env=bare(**sentry.settings, **place.settings, **TELEMETRY, SENTRY_DSN=sentry.dsn),
        cwd=HERE.parent,
    )


def _verdict(stage: Stage, took_s: float) -> None:
    for what in stage.failed:
        stage.transcript.checked(what, held=False)
    if not stage.failed:
        stage.transcript.checked(f"everything was as expected, {took_s:.1f} s in all", held=True)


async def _keep(sentry: LocalSentry, transcript: Transcript) -> None:
    exports = " ".join(f"{name}={value}" for name, value in sentry.settings.items())
    flags = " ".join(f"-e {name}={value}" for name, value in sentry.settings.items())
    transcript.told(
        (
            "",
            "The server stays up until Ctrl-C. In another terminal:",
            f"  export {exports}",
            "  .venv/bin/sentry-monitor call get-recent-issues",
            "or let an agent look at it:",
            f"  claude mcp add sentry {flags} -- {HERE.parent}/.venv/bin/sentry-monitor mcp",
            f"or report to it with any Sentry SDK: SENTRY_DSN={sentry.dsn}",
        )
    )
    with suppress(asyncio.CancelledError):  # Ctrl-C is how this is meant to end
        await asyncio.Event().wait()
    transcript.told(("", "The server is being stopped."))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
