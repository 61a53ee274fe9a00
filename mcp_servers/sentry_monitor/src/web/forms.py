"""What a button or a form of our pages sends (WHATWG HTML, 4.10.21.8)."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request

from .answers import Refused

KIND: Final = "application/x-www-form-urlencoded"
FIELDS: Final = 20


async def form(request: Request) -> Mapping[str, str]:
    """The fields. Raises Refused."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != KIND:
        raise Refused(415, "media_type", "A form was expected.")
    try:
        text = (await request.body()).decode()
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=FIELDS)
    except ValueError:
        raise Refused(400, "bad_form", "The form cannot be read.") from None
    if len(dict(pairs)) != len(pairs):
        raise Refused(400, "bad_form", "A field stands there twice.")
    return dict(pairs)
