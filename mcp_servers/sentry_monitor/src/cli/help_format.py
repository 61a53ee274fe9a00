"""How help is laid out: the same on every terminal, so that it can be documentation too."""

import argparse
import textwrap


class HelpFormat(argparse.HelpFormatter):
    """Wraps paragraphs, keeps indented lines and lists as they are."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=96, max_help_position=28)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if "\n" in text:
            return text
        return textwrap.fill(text, width)
