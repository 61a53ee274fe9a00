"""Which project is fixed in which repository."""

from typing import Any

import pytest

from modules.autofix.project import BadProjects, from_line, from_table

LINE = (
    "php:6119406:php-api:/project/iznik-server,"
    "go:4505568012730368:go-api:/project/iznik-server-go, "
    "nuxt3:4504083802226688:iznik-nuxt3:/project/iznik-nuxt3"
)


def test_the_documented_line() -> None:
    found = from_line(LINE, defaults={"test_command": ["make", "test"]})

    assert [one.key for one in found.projects] == ["php", "go", "nuxt3"]
    go = found.of_slug("go-api")
    assert go is not None
    assert (go.project_id, go.repository) == ("4505568012730368", "/project/iznik-server-go")
    assert go.test_command == ("make", "test")
    assert found.of_key("php") == found.projects[0]
    assert found.of_slug("nothing") is None


def test_a_repository_has_one_spelling() -> None:
    one, other = from_line("a:1:a:/srv/x,b:2:b:/srv/x/", defaults={}).projects

    assert one.repository == other.repository


def test_a_path_may_hold_colons() -> None:
    (one,) = from_line("a:1:b:https://git.example.com/a.git", defaults={}).projects

    assert one.repository == "https://git.example.com/a.git"


@pytest.mark.parametrize("line", ["a:1:b", "A B:1:c:/x", "a:1:b:/x,a:2:c:/y", "a:1:b:/x,c:2:b:/y"])
def test_a_line_that_cannot_be_used_says_why(line: str) -> None:
    with pytest.raises(BadProjects):
        from_line(line, defaults={})


def test_the_file_has_defaults_and_a_table_for_each_project() -> None:
    data = {
        "defaults": {"repository": "/srv/all", "limits": {"usd": 1.5}},
        "projects": {
            "api": {"folder": "api/", "stop_at": "diff"},
            "web": {"slug": "web-app", "limits": {"usd": 3}, "filters": {"events_24h": 5}},
        },
    }
    found = from_table(data, defaults={"max_retries": 1})
    api, web = found.projects

    assert (api.slug, api.folder, api.stop_at, api.limits.usd) == ("api", "api", "diff", 1.5)
    assert (web.slug, web.limits.usd, web.filters.events_24h) == ("web-app", 3, 5)
    assert api.max_retries == 1


@pytest.mark.parametrize(
    "data",
    [
        {"project": {}},
        {"projects": {"a": 1}},
        {"projects": {"a": {}}},
        {"projects": {"a": {"repository": "/x", "folder": "../y"}}},
        {"projects": {"a": {"repository": "/x", "folder": "/y"}}},
        {"projects": {"a": {"repository": "/x", "nonsense": 1}}},
        {"projects": {"a": {"repository": "/x", "limits": {"usd": -1}}}},
        {"projects": {"a": {"repository": "/x", "stop_at": "merge"}}},
    ],
)
def test_a_file_that_cannot_be_used_says_why(data: dict[str, Any]) -> None:
    with pytest.raises(BadProjects) as refusal:
        from_table(data, defaults={})

    assert refusal.value.recovery_suggestion
