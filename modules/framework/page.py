"""What an answer looks like, said once: front doors turn a page into agent text or a terminal."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """Rows of cells under named columns. Cells are text that has been made safe already."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    title: str = ""


@dataclass(frozen=True)
class Section:
    """Lines of text under a title, e.g. a stack trace."""

    title: str
    lines: tuple[str, ...]


Part = Table | Section


@dataclass(frozen=True)
class Page:
    """`head` and `tail` hold our own words and the server's facts, `outside` what others wrote.

    `origin` and `writers` name where `outside` comes from and who can write it.
    """

    head: tuple[str, ...] = ()
    outside: tuple[Part, ...] = ()
    tail: tuple[str, ...] = ()
    origin: str = "sentry"
    writers: str = "anyone with the public DSN"
