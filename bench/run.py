"""`make bench`: what is promised, measured in one run beside the floor it is promised against."""

import asyncio
import sys
import time

from .deliveries import deliveries
from .figures import Figure
from .process import process
from .repairs import repairs
from .sizes import sizes
from .speed import speed
from .telemetry import telemetry
from .tracked import tracked

PARTS = {
    "sizes of answers": sizes,
    "speed of calls": speed,
    "start and memory of the server": process,
    "repairs": repairs,
    "telemetry": telemetry,
    "deliveries": deliveries,
    "deliveries that are tracked": tracked,
}


async def main() -> int:
    figures = [figure for name in PARTS for figure in await measured(name)]
    print(f"{'':4} {'figure (medians)':58}{'value':>9} {'':7}{'promised':>12}  ratio x floor")
    print("\n".join(one.line() for one in figures))
    print("tokens: o200k_base (bpe-openai, offline); floors: raw httpx, unless named otherwise")
    return 0 if all(one.held for one in figures) else 1


async def measured(name: str) -> list[Figure]:
    """On standard error, so that whoever waits sees that it goes on."""
    began = time.monotonic()
    print(f"measuring {name} …", end="", file=sys.stderr, flush=True)
    found = await PARTS[name]()
    print(f" {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return found


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
