"""Reports in JUnit's XML, honest and forged."""

import pytest

from modules.autofix.junit import BIGGEST, BadReport, parse


def suite(*cases: str) -> bytes:
    return f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>".encode()


def test_every_status_and_its_text() -> None:
    report = suite(
        '<testcase classname="tests.test_a" name="test_1" file="tests/test_a.py"/>',
        '<testcase classname="tests.test_a" name="test_2" file="tests/test_a.py">'
        '<failure message="KeyError: 1">Traceback &lt;x&gt;</failure></testcase>',
        '<testcase classname="tests.test_a" name="test_3" file="tests/test_a.py">'
        '<error message="fixture"/></testcase>',
        '<testcase classname="tests.test_a" name="test_4" file="tests/test_a.py">'
        "<skipped/><system-out>said</system-out></testcase>",
    )

    assert parse(report) == {
        "tests/test_a.py::test_1": ("passed", ""),
        "tests/test_a.py::test_2": ("failed", "KeyError: 1 Traceback <x>"),
        "tests/test_a.py::test_3": ("error", "fixture"),
        "tests/test_a.py::test_4": ("skipped", ""),
    }


def test_classes_keep_tests_of_one_name_apart() -> None:
    report = suite(
        '<testcase classname="tests.test_a.TestB" name="test_1" file="tests/test_a.py"/>',
        '<testcase classname="tests.test_a.TestC.TestD" name="test_1" file="tests/test_a.py"/>',
    )
    assert list(parse(report)) == [
        "tests/test_a.py::TestB::test_1",
        "tests/test_a.py::TestC::TestD::test_1",
    ]


def test_a_class_from_the_project_s_folder() -> None:
    report = suite('<testcase classname="tests.test_a.TestB" name="t" file="tests/test_a.py"/>')
    assert list(parse(report, folder="backend")) == ["backend/tests/test_a.py::TestB::t"]


def test_files_become_relative() -> None:
    report = suite('<testcase classname="test" name="a b" file="/srv/x/web/test/a.js"/>')
    assert list(parse(report, root="/srv/x/web", folder="web")) == ["web/test/a.js::a b"]
    report = suite('<testcase classname="test" name="a" file="./test/a.js"/>')
    assert list(parse(report)) == ["test/a.js::a"]


def test_a_report_without_files() -> None:
    assert list(parse(suite('<testcase classname="com.acme.FooTest" name="adds"/>'))) == [
        "com.acme.FooTest::adds"
    ]


def test_a_test_that_stands_there_twice_ended_as_the_worse() -> None:
    report = suite(
        '<testcase classname="a" name="t"/>',
        '<testcase classname="a" name="t"><error message="clean-up"/></testcase>',
        '<testcase classname="a" name="t"><skipped/></testcase>',
    )
    assert parse(report) == {"a::t": ("error", "clean-up")}


BOMB = (
    '<!DOCTYPE x [<!ENTITY a "' + "a" * 1000 + '"><!ENTITY b "' + "&a;" * 1000 + '">]>'
    '<testsuite><testcase classname="&b;" name="t"/></testsuite>'
)
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><testsuite><testcase name="&a;"/></testsuite>'


@pytest.mark.parametrize(
    "report",
    [
        b"",
        b"not xml",
        b"<testsuite>",
        b"<testsuite/>",
        b'<testsuite><testcase name="&unknown;"/></testsuite>',
        BOMB.encode(),
        BOMB.encode("utf-16"),
        OUTSIDE.encode(),
        b'<!DOCTYPE testsuite><testsuite><testcase name="a"/></testsuite>',
        b" " * (BIGGEST + 1),
        b'<?xml version="1.0" encoding="nothing-we-know"?><testsuite/>',
    ],
    ids=range(11),
)
def test_unusable_reports(report: bytes) -> None:
    with pytest.raises(BadReport):
        parse(report)


def test_depth_and_length_do_no_harm() -> None:
    deep = b"<a>" * 50_000 + b'<testcase name="t"/>' + b"</a>" * 50_000
    assert len(parse(deep)) == 1

    long = suite(f'<testcase name="{"n" * 5000}"><failure>{"x" * 100_000}</failure></testcase>')
    ((name, (_, text)),) = parse(long).items()
    assert (len(name), len(text)) == (1000, 4000)
