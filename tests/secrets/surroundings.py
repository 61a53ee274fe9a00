"""What may stand round a secret, or be done to it, before it reaches us.

A surrounding makes a value of a text; `cap` is how much of the field is shown, for those that put
the secret across the border.
"""

import html
import json
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote, quote_plus

Surrounding = Callable[[str, int], Any]
RED, PLAIN = "\x1b[31m", "\x1b[0m"


def _plain(text: str, cap: int) -> str:
    return text


def _sentence(text: str, cap: int) -> str:
    return f"The worker was given {text} and stopped after it."


def _code(text: str, cap: int) -> str:
    return f"    client = connect({text!r}, retries=3)  # see below"


def _json(text: str, cap: int) -> str:
    return json.dumps({"order": 7, "note": text, "ok": True})


def _json_twice(text: str, cap: int) -> str:
    return json.dumps({"body": json.dumps({"note": text})})


def _php(text: str, cap: int) -> str:
    return json.dumps({"note": text, "page": 2}).replace("/", "\\/")


def _escaped(text: str, cap: int) -> str:
    signs = (c if c.isalnum() else f"\\u{ord(c):04x}" for c in text)
    return f'{{"note": "{"".join(signs)}"}}'


def _html(text: str, cap: int) -> str:
    return f'<p title="note">{html.escape(text)}</p>'


def _html_of_nothing(text: str, cap: int) -> str:
    """Escapes that stand for no character: places behind them must still be told right."""
    return f"&#11;&#31;&#127;&#x7f;<p>{html.escape(text)}</p>"


def _form(text: str, cap: int) -> str:
    return f"lang=en&note={quote_plus(text)}&page=2"


def _query(text: str, cap: int) -> str:
    return f"https://shop.example.com/cart?lang=en&note={text.replace(' ', '+')}&page=2"


def _percent(text: str, cap: int) -> str:
    return f"/back?to={quote(text, safe='')}&page=2"


def _zero_width(text: str, cap: int) -> str:
    return "\u200b".join(text)


def _coloured(text: str, cap: int) -> str:
    return "".join(f"{RED}{text[at : at + 5]}{PLAIN}" for at in range(0, len(text), 5))


def _full_width(text: str, cap: int) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if c.isascii() and c.isalnum() else c for c in text)


def _at_the_cap(text: str, cap: int) -> str:
    return _padded(text, cap)


def _at_the_rough_cap(text: str, cap: int) -> str:
    return _padded(text, 4 * cap + 1000)


def _padded(text: str, border: int) -> str:
    """The border goes through the middle of the text."""
    room = max(0, border - len(text) // 2)
    return ("a few words " * (room // 12 + 1))[-room:] + text + " and more" * 40


def _argument(text: str, cap: int) -> Any:
    """As the SDK writes a local that is a list of arguments."""
    return {"vars": {"argv": ["'run'", "'--password'", repr(text), "'-v'"]}}


def _argument_of_bytes(text: str, cap: int) -> Any:
    return ["b'run'", "b'--token'", repr(text.encode()), "b'-v'"]


def _tuple(text: str, cap: int) -> str:
    return repr(("note", 7, (text,), {"note": (text, 1)}))


def _bytes(text: str, cap: int) -> str:
    return repr({b"note": text.encode()})


def _refused(text: str, cap: int) -> str:
    """As pydantic tells it."""
    return (
        "1 validation error for Service\nlogin.password\n  Input should be shorter "
        f"[type=string_too_long, input_value={text!r}, input_type=str]\n    For further information"
    )


def _refused_data(text: str, cap: int) -> str:
    return repr([{"type": "x", "loc": ("body", "note"), "msg": "It is wrong", "input": text}])


def _beside_an_agent(text: str, cap: int) -> str:
    return f"Mozilla/5.0 (X11) Chrome/131.0.0.0 Safari/537.36 {text} Edg/131.0.0.0"


def _innocent_key(text: str, cap: int) -> Any:
    return {"note": text, "id": 7}


def _telling_key(text: str, cap: int) -> Any:
    return {"api_token": text, "id": 7}


def _pairs(text: str, cap: int) -> Any:
    return [["note", text], ["id", "7"]]


def _named_pairs(text: str, cap: int) -> Any:
    return [{"key": "note", "value": text}, {"key": "id", "value": "7"}]


def _as_key(text: str, cap: int) -> Any:
    return {text: 1}


def _deep(text: str, cap: int) -> Any:
    return {"a": [{"b": [f"x {text}"]}]}


def _lines(text: str, cap: int) -> Any:
    """Each line an item of its own, as source and logs come."""
    return ["first", *text.split("\n"), "last"]


ALL: Final[dict[str, Surrounding]] = {
    "alone": _plain,
    "in a sentence": _sentence,
    "assigned in code": _code,
    "JSON in a string": _json,
    "JSON in JSON in a string": _json_twice,
    "JSON as PHP writes it": _php,
    "JSON with escapes": _escaped,
    "escaped for a page": _html,
    "behind escapes of nothing": _html_of_nothing,
    "URL query": _query,
    "percent-encoded": _percent,
    "a form": _form,
    "zero-width between": _zero_width,
    "split by colours": _coloured,
    "full-width letters": _full_width,
    "across the cap": _at_the_cap,
    "across the rough cap": _at_the_rough_cap,
    "an argument, represented": _argument,
    "an argument of bytes": _argument_of_bytes,
    "a tuple": _tuple,
    "bytes": _bytes,
    "refused by pydantic": _refused,
    "refused, as data": _refused_data,
    "beside a user agent": _beside_an_agent,
    "under an innocent key": _innocent_key,
    "under a telling key": _telling_key,
    "[key, value] pairs": _pairs,
    "{key, value} pairs": _named_pairs,
    "as a key": _as_key,
    "deep inside": _deep,
    "a list of lines": _lines,
}
