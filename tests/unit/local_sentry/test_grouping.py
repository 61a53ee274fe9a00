from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from modules.local_sentry.grouping import culprit, group_hash, metadata, title

Build = Callable[..., dict[str, Any]]


def test_the_line_number_does_not_matter(an_error: Build) -> None:
    assert group_hash(an_error(lineno=12)) == group_hash(an_error(lineno=99))


def test_the_value_does_not_matter_where_there_are_frames(an_error: Build) -> None:
    assert group_hash(an_error(value="order 1")) == group_hash(an_error(value="order 2"))


def test_another_exception_is_another_issue(an_error: Build) -> None:
    assert group_hash(an_error("KeyError")) != group_hash(an_error("ValueError"))


def test_frames_of_libraries_do_not_matter(an_error: Build) -> None:
    event = an_error()
    event["exception"]["values"][0]["stacktrace"]["frames"][0]["function"] = "other"

    assert group_hash(event) == group_hash(an_error())


def test_a_fingerprint_gathers_different_errors(an_error: Build) -> None:
    one, other = (
        an_error("KeyError", fingerprint=["db"]),
        an_error("ValueError", fingerprint=["db"]),
    )

    assert group_hash(one) == group_hash(other)


def test_the_default_within_a_fingerprint_keeps_them_apart(an_error: Build) -> None:
    mark = ["{{ default }}", "db"]

    assert group_hash(an_error("KeyError", fingerprint=mark)) != group_hash(
        an_error("ValueError", fingerprint=mark)
    )
    assert group_hash(an_error(fingerprint=["{{default}}"])) == group_hash(an_error())


def test_messages_group_by_their_template() -> None:
    one = {"logentry": {"message": "user %s left", "formatted": "user jo left"}}
    other = {"logentry": {"message": "user %s left", "formatted": "user al left"}}

    assert group_hash(one) == group_hash(other)
    assert title(one) == "user jo left"


def test_numbers_in_a_message_do_not_matter() -> None:
    assert group_hash({"message": "order 17 failed"}) == group_hash({"message": "order 4 failed"})


def test_an_error_is_named_by_its_last_exception(an_error: Build) -> None:
    event = an_error("KeyError", "'x'\nmore")

    assert title(event) == "KeyError: 'x'"
    assert culprit(event) == "shop.cart in total"
    assert metadata(event) == {
        "type": "KeyError",
        "value": "'x'\nmore",
        "filename": "shop/cart.py",
        "function": "total",
    }


def test_a_transaction_is_the_culprit(an_error: Build) -> None:
    assert culprit(an_error(transaction="/cart")) == "/cart"


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["values", "type", "value", "stacktrace", "frames", "mechanism", "x"]),
            inner,
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["exception", "message", "logentry", "tags"]), ANYTHING))
def test_whatever_an_sdk_sends_gets_a_name_and_a_group(event: dict[str, Any]) -> None:
    assert title(event)
    assert len(group_hash(event)) == 32
