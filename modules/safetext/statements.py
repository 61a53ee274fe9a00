"""Parameters of SQL: which of them is a secret only the statement tells, by the names of columns.

Where a statement names a secret column, all parameters beside it go; else they may stay.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from .assignments import Span
from .keys import secret_kind

KIND: Final = "sql-parameter"
# What a driver, an ORM or Sentry's SDK calls them.
PARAMETERS: Final = frozenset((
    "args", "bind_params", "binds", "compiled_parameters", "db.params", "distilled_parameters",
    "distilled_params", "effective_parameters", "event_multiparams", "event_params",
    "extracted_parameters", "extracted_params", "multiparams", "param", "param_list", "parameters",
    "params", "params_list", "query_params", "seq_of_parameters", "seq_of_params", "sub_params",
    "values",
))  # fmt: skip
VERB: Final = re.compile(r"(?i)(?<!\w)(?:insert|replace|update|delete|select|merge)\s")
LONGEST: Final = 20_000  # characters of a statement
BEGIN: Final = "[SQL: "
# What SQLAlchemy and Django write before them; and Postgres, between a key and its values.
HINTS: Final = ("[parameters: ", "; args=", ")=(", "BindParameter(")
MARK: Final = re.compile(r"\[parameters: |; args=")
HINT: Final = rf"{MARK.pattern}|\)=\(|BindParameter\("
AFTER: Final = ("(Background on this error", "; alias=")
KEY: Final = re.compile(r"[Kk]ey \(([^\n=]{1,200}?)\)=\(([^)\n]++)")
# As SQLAlchemy represents one: with the name of its column, or as `param`.
BIND: Final = re.compile(
    r"BindParameter\(\\{0,128}+[\"'](?:%\(\d{1,20} )?(\w{1,60}+)(?:\)s)?\\{0,128}+[\"'], "
    r"b?(?P<mark>\\{0,128}+[\"'])(?P<value>[^\n]*?)(?P=mark)"
)
# As Django represents the field that a value is for.
FIELD: Final = re.compile(r"<[\w.]{1,120}: (\w{1,60})>\Z")
# A column that is compared or set.
COMPARED: Final = re.compile(
    r"(?i)(?<!\w)([a-z_]\w{0,60}+)[\"'`\])\\]{0,6}\s{0,4}"
    r"(?:[=<>~]|!=|(?:not\s{1,4})?(?:in|i?like|is|between|regexp|similar)\b)"
)
COLUMNS: Final = re.compile(r"(?i)(?<!\w)(?:insert|replace|merge)\s[^()]{0,400}\(([^()]{0,8000})\)")
NAME: Final = re.compile(r"[A-Za-z_]\w{0,60}+")


def names_secret(statement: str) -> bool:
    """Whether it is a statement that sets a column of a secret or compares it."""
    statement = statement[:LONGEST]
    if not VERB.search(statement):
        return False
    names = {found[1] for found in COMPARED.finditer(statement)}
    for columns in COLUMNS.finditer(statement):
        names.update(NAME.findall(columns[1]))
    return any(secret_kind(name) for name in names)


def parameters_kind(pairs: Mapping[Any, object]) -> str:
    """The kind of the parameters among them, where a statement beside them names a secret."""
    if PARAMETERS.isdisjoint(pairs):
        return ""
    beside = (one for one in pairs.values() if isinstance(one, str))
    return KIND if _has_field(pairs.get("values")) or any(map(names_secret, beside)) else ""


def _has_field(values: object) -> bool:
    """Whether one of the values is for the field of a secret: `[[field, …, value], …]`."""
    if not isinstance(values, list | tuple):
        return False
    firsts = (one[0] for one in values if isinstance(one, list | tuple) and one)
    fields = (FIELD.match(first) for first in firsts if isinstance(first, str))
    return any(field and secret_kind(field[1]) for field in fields)


def parameters(text: str) -> Iterator[Span]:
    """Where the parameters stand that follow such a statement."""
    done = 0
    for mark in MARK.finditer(text):
        if mark.start() < done:
            continue
        begin = text.rfind(BEGIN, done, mark.start())
        if begin < 0:
            begin = max(done, mark.start() - LONGEST)
        told = text[begin : min(begin + LONGEST, mark.start())]
        start, done = mark.end(), _end(text, mark.end())
        if start < done and not text.startswith("[redacted:", start) and names_secret(told):
            yield Span(start, done, KIND)
    yield from _named(text)


def _named(text: str) -> Iterator[Span]:
    """The values of a key that exists already, and of parameters that tell their column."""
    for key in KEY.finditer(text):
        if kind := next(filter(None, map(secret_kind, NAME.findall(key[1]))), None):
            yield Span(*key.span(2), kind)
    for bind in BIND.finditer(text):
        if kind := KIND if bind[1] == "param" else secret_kind(bind[1]):
            yield Span(*bind.span("value"), kind)


def _end(text: str, start: int) -> int:
    """Where the line ends, or what is told of the error begins; without the last bracket."""
    below = text.find("\n", start)
    end = below if below >= 0 else len(text)
    for after in AFTER:
        at = text.find(after, start, end)
        end = at if at >= 0 else end
    bracket = text.rfind("]", start, end)
    closes = bracket >= 0 and not text[bracket + 1 : end].strip("\\nr \"'}),")
    return bracket if closes else end
