"""What is wanted beside what is there."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from modules.telemetry.alerting.naming import key_of, mark_of, marked
from modules.telemetry.alerting.plan import Present, Wanted, differences, plan

Json = dict[str, Any]


def wanted(key: str, **settings: Any) -> Wanted:
    return Wanted(kind="rule", key=key, name=key, body={}, settings=settings)


def present(id_: str, key: str, **settings: Any) -> Present:
    return Present(kind="rule", id=id_, name=key or "theirs", key=key, settings=settings, raw={})


def test_what_is_not_there_is_created() -> None:
    (step,) = plan([wanted("a", x=1)], []).steps

    assert step.action == "create"


def test_what_is_there_as_wanted_is_left_alone() -> None:
    (step,) = plan([wanted("a", x=1, y=["p", "q"])], [present("1", "a", y=["q", "p"], x=1)]).steps

    assert (step.action, step.differences) == ("same", ())


def test_what_differs_is_changed_and_each_field_is_named() -> None:
    (step,) = plan([wanted("a", x=1, y=2)], [present("1", "a", x=1, y=3)]).steps

    assert step.action == "change"
    assert [(one.field, one.there, one.wanted) for one in step.differences] == [("y", 3, 2)]


def test_rules_of_others_are_told_apart_and_never_a_step() -> None:
    found = plan([wanted("a", x=1)], [present("1", "", x=1), present("2", "a", x=1)])

    assert [one.id for one in found.foreign] == ["1"]
    assert [one.present.id for one in found.steps if one.present] == ["2"]


def test_of_two_that_are_ours_the_older_is_kept_and_the_other_told() -> None:
    found = plan([wanted("a", x=1)], [present("10", "a", x=1), present("9", "a", x=1)])

    assert [one.present.id for one in found.steps if one.present] == ["9"]
    assert [one.id for one in found.left_over] == ["10"]


def test_what_the_file_has_no_longer_is_left_over() -> None:
    found = plan([], [present("1", "gone", x=1)])

    assert [one.key for one in found.left_over] == ["gone"]


def test_one_that_does_the_same_by_another_key_is_renamed() -> None:
    found = plan(
        [wanted("b", name="b", x=1), wanted("c", name="c", x=2)],
        [present("1", "a", name="a", x=1), present("2", "c", name="c", x=1)],
    )

    assert [(one.action, one.present and one.present.id) for one in found.steps] == [
        ("change", "1"),
        ("change", "2"),
    ]
    assert found.left_over == ()


def test_keys_that_were_swapped_swap_their_names() -> None:
    found = plan(
        [wanted("a", name="a", x=1), wanted("b", name="b", x=2)],
        [present("1", "a", name="a", x=2), present("2", "b", name="b", x=1)],
    )

    assert [one.present and one.present.id for one in found.steps] == ["2", "1"]
    assert [[each.field for each in one.differences] for one in found.steps] == [["name"]] * 2


def test_what_another_key_took_makes_room_by_being_changed() -> None:
    found = plan(
        [wanted("a", name="a", x=2), wanted("b", name="b", x=3)],
        [present("1", "a", name="a", x=1), present("2", "b", name="b", x=2)],
    )

    assert [one.present and one.present.id for one in found.steps] == ["2", "1"]
    assert found.left_over == ()


def test_one_that_does_something_else_is_not_taken_for_another_key() -> None:
    found = plan([wanted("b", name="b", x=1)], [present("1", "a", name="a", x=3)])

    assert [one.action for one in found.steps] == ["create"]
    assert [one.id for one in found.left_over] == ["1"]


def test_the_same_key_of_another_kind_is_another_rule() -> None:
    other = Present(kind="detector", id="1", name="a", key="a", settings={"x": 1}, raw={})

    (step,) = plan([wanted("a", x=1)], [other]).steps

    assert step.action == "create"


def test_fields_that_nobody_asked_for_make_no_difference() -> None:
    assert differences({"x": 1, "more": 2}, {"x": 1}) == []


SETTINGS = st.dictionaries(
    st.sampled_from("abcd"), st.one_of(st.integers(), st.text(max_size=3), st.lists(st.text()))
)


@given(SETTINGS, st.randoms())
def test_any_order_of_a_list_is_the_same(settings: Json, random: Any) -> None:
    shuffled = {
        name: random.sample(value, len(value)) if isinstance(value, list) else value
        for name, value in settings.items()
    }

    assert differences(shuffled, settings) == []


def test_a_name_tells_whose_a_rule_is() -> None:
    name = marked("Seen too often", "shop", "new-errors")

    assert mark_of(name) == ("shop", "new-errors")
    assert mark_of(f"{name} ") == ("shop", "new-errors")


def test_a_long_title_is_cut_and_the_mark_is_not() -> None:
    name = marked("x" * 300, "shop", "new-errors")

    assert len(name) == 200
    assert mark_of(name) == ("shop", "new-errors")


def test_a_rule_of_another_project_is_none_of_ours_here() -> None:
    name = marked("Seen too often", "blog", "burst")

    assert (key_of(name, "blog"), key_of(name, "shop")) == ("burst", "")


def test_a_name_without_the_mark_at_its_end_is_somebody_elses() -> None:
    assert mark_of("Seen too often") is None
    assert mark_of("[sentry-monitor shop/x] and more") is None
    assert mark_of("[sentry-monitor shop/X!]") is None
