"""What is scrubbed from data of any shape, and that remembering changes nothing."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.safetext import redaction
from modules.telemetry.scrubbing import Scrubber
from unit.safetext.planted import planted

ONES = planted()
KEY_LINES = next(one for one in ONES if one.kind == "private-key").text.split("\n")


def scrubbed(data: Any, scrubber: Scrubber | None = None) -> Any:
    copied = {"data": json.loads(json.dumps(data))}
    (scrubber or Scrubber()).scrub(copied)
    return copied["data"]


@pytest.mark.parametrize(
    "data",
    [
        {"password": "hunter2hunter2"},
        {"deep": [{"list": [{"api_key": "hunter2hunter2"}]}]},
        {"password": ["hunter2hunter2", {"x": "hunter2hunter2"}]},
        {"headers": [["Cookie", "id=hunter2hunter2"], ["Accept", "x"]]},
        {"argv": ["run", "--password", "hunter2hunter2"]},
        {"vars": {"argv": ["'run'", "'--password'", "'hunter2hunter2'", "'-v'"]}},
        {"vars": {"argv": ["b'run'", "b'--password'", "b'hunter2hunter2'"]}},
        {"vars": {"argv": ['"it\'s"', '"--password"', '"hunter2hunter2"']}},
        {"vars": {"argv": ["'run'", ["'--password'", "'hunter2hunter2'"]]}},
        {"vars": {"argv": "['run', '--password', 'hunter2hunter2']"}},
        {"vars": {"argv": "(b'run', b'--password', b'hunter2hunter2')"}},
        {"vars": {"argv": ["'mysqldump'", "'-phunter2hunter2!'", "'shop'"]}},
        {"vars": {"argv": ["'/usr/bin/sshpass'", "'-p'", "'hunter2hunter2'"]}},
        {"vars": {"counts": {"password hunter2hunter2": "1"}}},
        {"x" * 1001 + " password=hunter2hunter2": 1},
        {"env": [{"key": "DB_PASSWORD", "value": "hunter2hunter2"}]},
        {"env": [{"Name": "DB_PASSWORD", "Value": "hunter2hunter2"}]},
        {"env": [{"key": "DB_PASSWORD", "val": "hunter2hunter2"}]},
        {"vars": {"env": {"name": "'password'", "value": "'hunter2hunter2'"}}},
        {"errors": [{"type": "x", "loc": ["body", "password"], "input": "hunter2hunter2"}]},
        {"vars": {"errors": [{"loc": ["'password'"], "input": "'hunter2hunter2'"}]}},
        {"note": "login with password=hunter2hunter2"},
        {"body": '{"password": "hunter2hunter2"}'},
        {"query_string": "a=1&password=hunter2hunter2"},
        {"QUERY_STRING": "'a=curl+-u+deploy:hunter2hunter2+https://git.example.com/x'"},
        {"password=hunter2hunter2": 1},
        {"vars": {"password": "'hunter2hunter2'"}},
        {"vars": {"self": "Settings(password='hunter2hunter2', port=1)"}},
    ],
    ids=str,
)
def test_what_a_name_promises_is_taken_out(data: Any) -> None:
    scrubber = Scrubber()
    scrubbed(["hunter2 is fine", "run", "--password", "'run'", "'--password'", "Accept"], scrubber)

    for _ in range(2):
        assert "hunter2hunter2" not in json.dumps(scrubbed(data, scrubber))


@pytest.mark.parametrize("at", range(len(ONES)))
def test_every_kind_is_found_among_text_that_was_seen_before(at: int) -> None:
    one, scrubber, lines = ONES[at], Scrubber(), [f"line {at} of the source" for at in range(50)]
    scrubbed(lines, scrubber)

    safe = json.dumps(scrubbed([*lines, f"saw {one.text} there", *lines], scrubber))

    assert not [core for core in one.cores if core in safe]


def test_a_key_over_many_lines_is_found_though_its_lines_were_seen_alone() -> None:
    scrubber = Scrubber()
    for line in KEY_LINES[1:-1]:
        scrubbed(["x = 1", line], scrubber)

    safe = scrubbed({"pre_context": KEY_LINES[:3], "post_context": KEY_LINES[3:]}, scrubber)

    assert not [line for line in KEY_LINES[1:-1] if line in json.dumps(safe)]


def test_what_is_no_secret_stays_as_it_is() -> None:
    data = {
        "frames": [{"function": "total", "lineno": 3, "in_app": True, "vars": {"x": "1"}}],
        "timestamp": 1764190000.5,
        "order": 123456,
        "note": "Käse für 0 €",
        "none": None,
    }

    assert scrubbed(data) == data


@pytest.mark.parametrize(
    "local",
    [
        *[{f"{what}tokens": "4096"} for what in ("max_", "total_", "prompt_", "n_", "", "used")],
        {"usage": {"completion_tokens": "912", "inputTokens": "7"}},
        {"tokens": ["'def'", "'total'", "'('", "12", '"it"']},
        {"db_session": f"<sqlalchemy.ext.asyncio.session.AsyncSession object at 0x{7:012x}>"},
        {"http_session": f"<aiohttp.client.ClientSession object at 0x{8:012x}>"},
        {"auth": f"<bound method Shop.<locals>.auth at 0x{8:012x}>"},
        {"cookies": "{}", "tokens": "[]", "credentials": "()"},
        {"csrf_exempt": "'True'", "password": "'None'", "cookie": '"{}"'},
    ],
    ids=str,
)
def test_what_a_variable_counts_or_stands_for_is_no_secret(local: Any) -> None:
    assert scrubbed({"vars": local}) == {"vars": local}


@pytest.mark.parametrize(
    "local",
    [
        {"tokens": ["'hunter2hunter2'"]},
        {"tokens": "'hunter2hunter2'"},
        {"tokens": ["48151623"]},
        {"session": "<hunter2hunter2>hunter2hunter2 at 0x7f00"},
        {"session": f"<Session object at 0x{7:012x}> hunter2hunter2"},
        {"password": "4815"},
        {"refresh_tokens": "'hunter2hunter2'"},
        {"password": "'True"},
    ],
    ids=str,
)
def test_what_only_looks_so_is_hidden_still(local: Any) -> None:
    assert scrubbed({"vars": local}) != {"vars": local}


def test_long_numbers_that_are_cards_are_taken_out() -> None:
    assert scrubbed({"n": 4111111111111111})["n"] == "[redacted:card]"


def test_numbers_that_json_does_not_know_become_text() -> None:
    data = {"a": float("inf"), "b": float("nan")}

    Scrubber().scrub(data)

    assert json.dumps(data, allow_nan=False)


@pytest.mark.parametrize("strange", [object(), b"bytes", {1, 2}])
def test_what_is_not_json_is_refused(strange: Any) -> None:
    with pytest.raises(TypeError):
        Scrubber().scrub({"a": [strange]})


SOME_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner),
    max_leaves=20,
)


@given(data=SOME_JSON)
def test_scrubbing_again_changes_nothing_and_finds_the_same_with_a_memory(data: Any) -> None:
    scrubber = Scrubber()

    once = scrubbed(data, scrubber)

    assert scrubbed(once, scrubber) == once
    assert scrubbed(data, scrubber) == scrubbed(data)


def test_more_than_can_be_remembered_is_scrubbed_as_well() -> None:
    scrubber = Scrubber()

    for turn in range(5):
        texts = [f"value {turn} {at}" for at in range(9_000)]
        assert scrubbed([*texts, "token=hunter2hunter2"], scrubber)[:-1] == texts

    assert scrubbed("token=hunter2hunter2", scrubber) == "token=[redacted:token]"


@pytest.mark.parametrize(
    "release", ["shop@1.2.3.4", "1.2.3.4", "shop@2.0.0-beta.alpha", "shop@10.20.30.40+build.7"]
)
@pytest.mark.parametrize("key", ["release", "sentry.release"])
def test_a_release_is_told_as_it_is(key: str, release: str) -> None:
    for _ in range(2):
        assert scrubbed({key: release}) == {key: release}


@pytest.mark.parametrize(
    "release",
    [
        "shop@token=hunter2hunter2",
        "jane@acme.example",
        "peer 10.20.30.40",
        "shop@4111111111111111",
        "peers 10.20.30.40, 10.20.30.41",
    ],
)
def test_what_is_no_release_is_scrubbed_under_that_name_too(release: str) -> None:
    assert scrubbed({"release": release})["release"] == scrubbed({"other": release})["other"]


@pytest.mark.parametrize(
    "key", ["version", "app_version", "appVersion", "X-App-Version", "client.version", "VERSION"]
)
@pytest.mark.parametrize("version", ["1.2.3.4", "'10.1.2.3'", '"v1.2.3.4"', "1.2.3.4-rc1"])
def test_what_a_key_calls_a_version_is_one(key: str, version: str) -> None:
    for _ in range(2):
        assert scrubbed({key: version}) == {key: version}


@pytest.mark.parametrize("key", ["conversion", "ip_version_of", "ip"])
def test_other_keys_hold_addresses(key: str) -> None:
    assert scrubbed({key: "10.1.2.3"}) == {key: "[redacted:ip-address]"}


def test_under_a_version_nothing_else_leaves() -> None:
    for text in ("token=hunter2hunter2", "peer 10.1.2.3", "'10.1.2.3', '10.1.2.4'"):
        assert scrubbed({"version": text})["version"] == scrubbed({"other": text})["other"] != text


@pytest.mark.parametrize(
    "key", ["User-Agent", "HTTP_USER_AGENT", "http.user_agent", "user_agent.original"]
)
@pytest.mark.parametrize(
    "agent",
    [
        "MyApp/2.3.0.17 CFNetwork/1494.0.7 Darwin/23.4.0",
        "shop-app/1.2.3.4 (iOS 17.5.1)",
        "okhttp/4.12.0.1",
        "Java/11.0.1.1",
        "Microsoft Office/16.0.0.1",
        "Own/1.0.0.0 Other/0.0.0.0 Third/1.2.3.4",
        "'okhttp/4.12.0.1'",
    ],
)
def test_a_user_agent_tells_versions(key: str, agent: str) -> None:
    for _ in range(2):
        assert scrubbed({key: agent}) == {key: agent}


@pytest.mark.parametrize(
    ("agent", "safe"),
    [
        ("curl/8.0.0.1 from 10.1.2.3", "curl/8.0.0.1 from [redacted:ip-address]"),
        ("curl/8.0.0.1 token=hunter2hunter2", "curl/8.0.0.1 token=[redacted:token]"),
        ("token=hunter2hunter2/1.2.3.4", "token=[redacted:token]"),
        ("bot/1.2.3.4 (+http://10.1.2.3/bot)", "bot/1.2.3.4 (+http://[redacted:ip-address]/bot)"),
        ("shop/10.1.2.3:8080", "shop/[redacted:ip-address]:8080"),
    ],
)
def test_a_user_agent_tells_no_secrets(agent: str, safe: str) -> None:
    assert scrubbed({"User-Agent": agent}) == {"User-Agent": safe}


@pytest.fixture
def searched(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How long each text was that was searched: the work, whatever the machine."""
    seen: list[int] = []
    plain = redaction._plain

    def counting(text: str) -> str:
        seen.append(len(text))
        return plain(text)

    monkeypatch.setattr(redaction, "_plain", counting)
    return seen


@pytest.mark.parametrize(
    "text",
    [
        "GET http://10.1.0.5:9200/orders/{}",
        "GET user:jane{}@shop.example",
        "GET /x?token=abc{}",
        "password=hunter\nhunter{}",
        "a\rb x{}@shop.example",
        " ".join(["'ip': '10.1.0.5' {0}"] * 50),
    ],
    ids=["address", "mailbox", "token", "two lines", "another break", "long"],
)
def test_the_search_grows_as_the_findings_do(text: str, searched: list[int]) -> None:
    looks = []
    for size in (50, 800):
        spans = [{"description": text.format(at)} for at in range(size)]
        searched.clear()
        scrubbed(spans)
        looks.append(sum(searched) / len(json.dumps(spans)))

    few, many = looks
    assert many < few * 1.2
    assert many < 8


def test_only_strings_in_which_something_is_found_change() -> None:
    beside = ["password:", "hunter", "token =", "clean", "line\nline", "order 4711-0815"]
    found = ["at 10.1.0.5", "line\nmail to jane@shop.example\nline", "password='hunter2\nhunter2'"]
    many = [*beside, *found, *beside, "a\rb", *beside] * 20

    safe = scrubbed({"spans": [{"description": one} for one in many]})

    alone = {one: scrubbed({"description": one})["description"] for one in set(many)}
    assert [one["description"] for one in safe["spans"]] == [alone[one] for one in many]
    assert all(alone[one] == one for one in beside)
    assert all("[redacted:" in alone[one] for one in found)


@given(st.lists(st.sampled_from([*[one.text for one in ONES], "x", "password:", "a\nb", "\r"])))
def test_together_nothing_leaves_that_would_not_leave_alone(texts: list[str]) -> None:
    texts = [one for one in texts if "PRIVATE" not in one]

    safe = scrubbed([{"text": one} for one in texts])

    assert [one["text"] for one in safe] == [scrubbed({"text": one})["text"] for one in texts]


def test_many_very_long_strings_share_what_an_ending_application_has_time_for(
    searched: list[int],
) -> None:
    body = " ".join(f"10.1.{at % 250}.{at % 99}" for at in range(90_000))
    frames = [{"vars": {"body": f"{at} {body}", "short": "x y" * 3000}} for at in range(60)]

    safe = scrubbed({"frames": frames})

    assert sum(searched) < 8_000_000
    for one in safe["frames"]:
        kept, _, lost = one["vars"]["body"].rpartition("… ")
        assert len(kept) > 6000
        assert int(lost.split()[0].replace(",", "")) > 900_000
        assert one["vars"]["short"] == "x y" * 3000
