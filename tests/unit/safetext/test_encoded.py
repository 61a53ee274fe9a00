"""Secrets in text that is encoded once more."""

import pytest

from modules.safetext.redaction import redact

WORD = "hunter" + "2pass"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"to=https%3A%2F%2Fu%3A{WORD}%40host%2F", "to=https%3A%2F%2Fu%3A[redacted:basic-auth]%40host%2F"),
        (f"a=https%253A%252F%252Fu%253A{WORD}%2540host", "a=https%253A%252F%252Fu%253A[redacted:basic-auth]%2540host"),
        (f"https:\\/\\/u:{WORD}@host\\/x", "https:\\/\\/u:[redacted:basic-auth]@host\\/x"),
        (f"\\u0022password\\u0022:\\u0022{WORD}\\u0022", "\\u0022password\\u0022:\\u0022[redacted:password]\\u0022"),
        (f"password=&quot;{WORD}&quot; x", "password=&quot;[redacted:password]&quot; x"),
        (f"?q=Cookie%3A+a%3D{WORD}", "?q=Cookie%3A[redacted:cookie]"),
        (f"first\nAuthorization%3A%20Basic%20{WORD}\nlast", "first\nAuthorization%3A%20Basic%20[redacted:authorization]\nlast"),
    ],
)  # fmt: skip
def test_a_secret_is_found_and_what_stands_round_it_stays_encoded(text: str, left: str) -> None:
    safe, _ = redact(text)

    assert safe == left
    assert redact(safe)[0] == left


@pytest.mark.parametrize(
    "text", ["100%", "a%2", "%zz %C3%A4 %00", "\\x9b \\u20ac", "&copy; &#8364;", "a+b?c=d"]
)
def test_what_decodes_to_nothing_printable_stays(text: str) -> None:
    assert redact(text) == (text, {})
