"""`make bench`: what is promised, measured in one run beside the floor it is promised against."""

import asyncio
import sys

from .process import process
from .repairs import repairs
from .sizes import sizes
from .speed import speed


async def main() -> int:
    figures = [*await sizes(), *await speed(), *await process(), *await repairs()]
    print(f"{'':4} {'figure (medians)':58}{'value':>9} {'':7}{'promised':>12}  ratio x floor")
    print("\n".join(one.line() for one in figures))
    print("tokens: o200k_base (bpe-openai, offline); floors: raw httpx, unless named otherwise")
    return 0 if all(one.held for one in figures) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
