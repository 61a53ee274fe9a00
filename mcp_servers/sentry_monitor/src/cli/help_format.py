"""How help is laid out: the same on every terminal, so that it can be documentation too."""

import argparse
import sys
import textwrap
from typing import NoReturn


class HelpFormat(argparse.HelpFormatter):
    """Wraps paragraphs, keeps indented lines and lists as they are."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=96, max_help_position=28)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if "\n" in text:
            return text
        return textwrap.fill(text, width)


class Parser(argparse.ArgumentParser):
    """Whoever typed something wrong is told where to read on."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(2, f"{self.prog}: {message}; see `{self.prog} --help`\n")
