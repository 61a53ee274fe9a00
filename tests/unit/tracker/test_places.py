"""Which file of a repository a frame means."""

import pytest

from modules.tracker.places import Call, CodeMapping, spots_of

FILES = ("src/shop/cart.py", "lib/shop/cart.py", "src/shop/web.py", "main.py", "größe.py")


def placed(path: str, *mappings: CodeMapping) -> str | None:
    found = spots_of([[Call(path=path, line=3)]], FILES, mappings)
    return found[0].path if found else None


@pytest.mark.parametrize(
    ("path", "file"),
    [
        ("shop/web.py", "src/shop/web.py"),
        ("/srv/build/7/shop/web.py", "src/shop/web.py"),
        ("src\\shop\\web.py", "src/shop/web.py"),
        ("webpack:///./src/shop/web.py", "src/shop/web.py"),
        ("https://shop.example/static/shop/web.py", "src/shop/web.py"),
        ("main.py", "main.py"),
        ("/app/main.py", "main.py"),
        ("lib/shop/cart.py", "lib/shop/cart.py"),
        ("größe.py", "größe.py"),
    ],
)
def test_the_longest_end_that_fits_one_file_names_it(path: str, file: str) -> None:
    assert placed(path) == file


@pytest.mark.parametrize(
    "path",
    [
        *("shop/cart.py", "../shop/web.py", "/elsewhere/web.py", "", "/", "<string>", "x" * 5000),
        *("node:internal/shop/web.py", "C:\\shop\\web.py"),
    ],
)
def test_what_fits_several_or_none_names_nothing(path: str) -> None:
    assert placed(path) is None


def test_a_code_mapping_decides_between_two_and_the_longest_root_wins() -> None:
    mappings = (CodeMapping("/app/", "src/"), CodeMapping("/app/old/", "lib/"))

    assert placed("/app/shop/cart.py", *mappings) == "src/shop/cart.py"
    assert placed("/app/old/shop/cart.py", *mappings) == "lib/shop/cart.py"


def test_calls_of_the_application_come_first_and_count_from_where_it_raised() -> None:
    stack = [
        Call(path="main.py", line=1),
        Call(path="shop/web.py", line=2),
        Call(path="main.py", line=9, in_app=False),
    ]

    assert [(one.path, one.line, one.depth) for one in spots_of([stack], FILES)] == [
        ("src/shop/web.py", 2, 0),
        ("main.py", 1, 1),
    ]


def test_a_recursion_is_looked_at_a_little() -> None:
    stack = [Call(path="main.py", line=number) for number in range(1000)]

    assert len(spots_of([stack], FILES)) == 20
