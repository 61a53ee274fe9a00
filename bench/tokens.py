"""Counting tokens offline."""

import warnings
from functools import cache
from typing import Any


@cache
def _encoding() -> Any:
    with warnings.catch_warnings(action="ignore"):  # it reads its data by a deprecated call
        import bpe_openai
    return bpe_openai.get_encoding("o200k_base")


def tokens(text: str) -> int:
    """Tokens of o200k_base, the tokenizer that can be had offline."""
    return len(_encoding().encode(text))
