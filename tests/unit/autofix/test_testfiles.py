"""What is a test, and what decides how tests run."""

import pytest

from modules.autofix.testfiles import is_test, is_test_setup


@pytest.mark.parametrize(
    "path",
    [
        "tests/test_a.py", "test_a.py", "pkg/a_test.py", "a_test.go", "web/a.test.ts",
        "web/a.spec.tsx", "src/test/java/FooTest.java", "Foo/FooTests.cs", "spec/a_spec.rb",
        "src/__tests__/a.js", "tests/data/one.json", "tests/conftest.py", "FooTestCase.php",
        "Tests/Unit/A.php",
    ],
)  # fmt: skip
def test_tests(path: str) -> None:
    assert is_test(path)


@pytest.mark.parametrize(
    "path", ["src/app.py", "src/latest.py", "Latest.java", "src/testing.py", "contest.py", "a.ts"]
)
def test_no_tests(path: str) -> None:
    assert not is_test(path)
    assert not is_test_setup(path)


@pytest.mark.parametrize(
    "path",
    [
        "conftest.py", "a/ConfTest.py", "pytest.ini", "tox.ini", "setup.cfg", "pyproject.toml",
        "jest.config.ts", "vitest.config.mjs", "playwright.config.ts", "phpunit.xml.dist",
        "tests/__init__.py", "tests/unit/__init__.py", "package.json",
    ],
)  # fmt: skip
def test_setup(path: str) -> None:
    assert is_test_setup(path)


def test_a_package_of_code_is_no_setup() -> None:
    assert not is_test_setup("src/shop/__init__.py")
