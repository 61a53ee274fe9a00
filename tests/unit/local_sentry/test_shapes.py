from hypothesis import given
from hypothesis import strategies as st

from modules.local_sentry.recording import base32
from modules.local_sentry.shapes.entries import entries
from modules.local_sentry.shapes.release import version_info


def test_interfaces_become_entries_in_camel_case() -> None:
    raw = {
        "logentry": {"message": "hi %s", "params": ["jo"], "formatted": "hi jo"},
        "request": {
            "url": "http://shop/cart",
            "query_string": "a=1&b",
            "headers": {"Host": "shop"},
            "cookies": [["k", "v"]],
        },
        "threads": [{"id": 1, "crashed": True, "stacktrace": {"frames": [{"lineno": 3}]}}],
        "breadcrumbs": [{"timestamp": 0, "message": "first"}],
    }

    found = {one["type"]: one["data"] for one in entries(raw)}

    assert found["message"] == {"formatted": "hi jo", "message": "hi %s", "params": ["jo"]}
    assert found["request"]["query"] == [["a", "1"], ["b", ""]]
    assert found["request"]["headers"] == [["Host", "shop"]]
    assert found["request"]["cookies"] == [["k", "v"]]
    assert found["threads"]["values"][0]["stacktrace"]["frames"][0]["lineNo"] == 3
    assert found["breadcrumbs"]["values"][0]["timestamp"] == "1970-01-01T00:00:00.000000Z"


def test_context_lines_are_numbered_around_the_frame() -> None:
    frame = {"lineno": 5, "pre_context": ["a"], "context_line": "b", "post_context": ["c"]}
    raw = {"exception": {"type": "E", "stacktrace": {"frames": [frame]}}}

    (exception,) = entries(raw)

    frames = exception["data"]["values"][0]["stacktrace"]["frames"]
    assert frames[0]["context"] == [[4, "a"], [5, "b"], [6, "c"]]


def test_a_version_is_taken_apart() -> None:
    info = version_info("shop@1.2.3-rc1+77")

    assert info["package"] == "shop"
    assert info["version"] | {"raw": ""} == {
        "raw": "",
        "major": 1,
        "minor": 2,
        "patch": 3,
        "pre": "rc1",
        "buildCode": "77",
        "components": 3,
    }


@given(st.text(min_size=1))
def test_any_version_can_be_shown(version: str) -> None:
    assert version_info(version)["version"]["raw"]


@given(st.integers(0, 10**6))
def test_short_ids_read_back(number: int) -> None:
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    value = 0
    for character in base32(number):
        value = value * 32 + alphabet.index(character)

    assert value == number
