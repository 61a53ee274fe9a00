"""Which files are tests, which ones decide how tests run, and what a change took from them."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Final

FOLDERS: Final = frozenset(("test", "tests", "__tests__", "spec", "specs", "e2e"))
NAMES: Final = (
    "test_*.py", "*_test.*", "*.test.*", "*.spec.*", "*_spec.*", "conftest.py",
)  # fmt: skip
# Java, Kotlin, C#, PHP and Swift name a test after its class; `Latest.java` is none.
CLASSES: Final = re.compile(r".*[a-z0-9](?:Tests?|TestCase|Spec)\.[A-Za-z]{2,6}\Z")
SETUP: Final = (
    "conftest.py", "pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml", "tox.ini",
    "setup.cfg", "pyproject.toml", "package.json", "jest.config*", "jest.setup*", "setuptests.*",
    "vitest.config*", "vitest.workspace*", "vitest.setup*", "playwright.config*",
    "cypress.config*", "karma.conf*", ".mocharc*", "phpunit.xml*", "phpunit.dist.xml",
    "spec_helper.rb", "rails_helper.rb", "test_helper.rb", ".rspec",
)  # fmt: skip

QUOTED: Final = r"\s*\(?\s*(?P<quote>[\"'`])(?P<title>(?:(?!(?P=quote)).){1,200})(?P=quote)"
TESTS: Final = re.compile(
    r"(?m)^[ \t]*(?:(?:async )?def (?P<python>test\w*)"
    r"|func (?P<go>Test\w*)|(?:public )?function (?P<php>test\w*)"
    rf"|(?:it|test|specify)(?:\.\w+)*{QUOTED})"
)
SKIPS: Final = re.compile(
    r"pytest\.(?:mark\.)?(?:skip|skipif|xfail|importorskip)\b|unittest\.(?:skip\w*|expectedFailure)\b"
    r"|\bself\.skipTest\b|raise (?:unittest\.)?SkipTest\b"
    r"|\b(?:it|test|describe|suite|context)\.(?:skip|only|todo|fails|failing|fixme)\b"
    r"|\b(?:xit|xtest|xdescribe|fit|fdescribe)\s*\(|\bt\.Skip\w*\(|markTestSkipped|markTestIncomplete"
    r"|@(?:Ignore|Disabled)\b|#\[ignore"
    r"|(?:skip|todo|only)\s*:\s*(?:true|[\"'])"
    r"|\bcollect_ignore\w*\s*=|__test__\s*=\s*False"
)
ASSERTIONS: Final = re.compile(
    r"(?m)^[ \t]*assert\b|\bassert\w*[.!(]|\bself\.(?:assert|fail)\w*\("
    r"|\bpytest\.(?:raises|warns|fail)\b|\bexpect\w*\s*\(|\.should\b"
    r"|\bt\.(?:Error|Fatal|Fail)\w*\(|\b(?:require|assert)\.[A-Z]\w*\("
)
# An assertion that holds whatever the code does is none.
EMPTY: Final = re.compile(
    r"(?m)^[ \t]*assert (?:True|1|not False)\b[ \t]*(?:,.*)?$"
    r"|\bassertTrue\(\s*True\s*\)|\bassertFalse\(\s*False\s*\)"
    r"|\bassert(?:\.ok)?\(\s*(?:true|1)\s*\)"
    r"|\bexpect\(\s*(true|false|1|0|null)\s*\)\.(?:toBe|toEqual|toStrictEqual)\(\s*\1\s*\)"
)
COMMENTS: Final = re.compile(r"(?m)^[ \t]*(?:#(?!\[)|//|\*|/\*).*$")


def is_test(path: str) -> bool:
    """A test, or something that lies beside tests: their data, their helpers."""
    *folders, name = path.split("/")
    low = name.casefold()
    beside = any(folder.casefold() in FOLDERS for folder in folders)
    named = any(fnmatchcase(low, pattern) for pattern in NAMES)
    return beside or named or CLASSES.match(name) is not None


def is_test_setup(path: str) -> bool:
    """A file that decides which tests run and what counts as passed."""
    *_, name = path.split("/")
    low = name.casefold()
    if low == "__init__.py":
        return is_test(path)
    return any(fnmatchcase(low, pattern) for pattern in SETUP)


def losses(path: str, before: str | None, after: str | None) -> Iterator[str]:
    """What a change of one file took from the tests: a sentence each. None: no such file.

    It reads text, so it sees what a reviewer would see, not what a trick hides: the proof, which
    runs the old tests against the fix, is the stronger check.
    """
    if not (is_test(path) or is_test_setup(path)):
        return
    if after is None:
        if is_test(path):
            yield "the test file is deleted"
        return
    lost = _tests(before or "") - _tests(after)
    if lost:
        yield f"{len(lost)} test(s) are gone"
    if _count(SKIPS, after) > _count(SKIPS, before or ""):
        yield "tests are skipped, or others run no more"
    if not lost and _assertions(after) < _assertions(before or ""):
        yield "assertions are gone"


def _tests(text: str) -> set[str]:
    found = TESTS.finditer(COMMENTS.sub("", text))
    return {one["python"] or one["go"] or one["php"] or one["title"] for one in found}


def _count(pattern: re.Pattern[str], text: str) -> int:
    return len(pattern.findall(COMMENTS.sub("", text)))


def _assertions(text: str) -> int:
    return _count(ASSERTIONS, text) - _count(EMPTY, text)
