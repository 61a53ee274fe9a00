"""Deciding about deliveries in a process of its own: beginning a job takes as much work as keeping
ten deliveries, and two threads of one interpreter would wait for each other at each step of it. So
does what tracked issues ask for."""

import asyncio
import logging
import sys
from asyncio.subprocess import Process
from collections.abc import Mapping
from typing import Final

from modules.outbound.processes import companion

DECIDER: Final = "mcp_servers.sentry_monitor.src.decider"
END_S: Final = 5.0  # for what is under way when it is to end
MORE: Final = b"more"
log = logging.getLogger(__name__)


class Decider:
    """The process, which is begun when it is first asked, and again when it died. It ends when its
    standard input does, so it never outlives us. Its log is ours, in the same format; nothing of
    its environment is in its arguments."""

    def __init__(self, environ: Mapping[str, str], *, log_format: str = "auto") -> None:
        self._environ = dict(environ)
        self._command = [sys.executable, "-m", DECIDER, log_format]
        self._process: Process | None = None

    async def __call__(self) -> None:
        """Decide about all deliveries that are due. What fails is told in its log."""
        while await self._asked() == MORE:
            pass

    async def _asked(self) -> bytes:
        process = self._process
        if process is not None and process.returncode is not None:
            log.warning("the process that decides about deliveries ended; it is begun again")
            process = None
        if process is None:
            process = self._process = await companion(self._command, env=self._environ)
        if process.stdin is None or process.stdout is None:
            raise AssertionError
        try:
            process.stdin.write(b"go\n")
            await process.stdin.drain()
        except ConnectionError:
            pass  # told the next time
        said = await process.stdout.readline()
        if not said:
            await process.wait()
        return said.strip()

    async def aclose(self) -> None:
        process = self._process
        if process is None or process.stdin is None:
            return
        process.stdin.close()
        try:
            async with asyncio.timeout(END_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
