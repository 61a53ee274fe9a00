"""Which forge a project's pull requests go to."""

from typing import Any

import pytest

from modules.autofix.forges import settled
from modules.autofix.project import BadProjects, Project, from_table

WEB = "https://github.com"


def project(**more: Any) -> Project:
    return Project.model_validate({"key": "shop", "slug": "shop", **more})


@pytest.mark.parametrize(
    ("given", "login", "forge", "repository"),
    [
        ({"repository": "/srv/shop"}, True, "local", "/srv/shop"),
        ({"repository": f"{WEB}/acme/shop.git"}, True, "github", f"{WEB}/acme/shop"),
        ({"repository": f"{WEB}/acme/shop"}, False, "local", f"{WEB}/acme/shop"),
        (
            {"repository": "https://git.example.com/a/b"},
            True,
            "local",
            "https://git.example.com/a/b",
        ),
        ({"repository": "/srv/shop", "github": "acme/shop"}, True, "github", f"{WEB}/acme/shop"),
        ({"repository": "/srv/shop", "github": "acme/shop"}, False, "local", "/srv/shop"),
        ({"github": "acme/shop"}, True, "github", f"{WEB}/acme/shop"),
        ({"github": "acme/shop"}, False, "local", f"{WEB}/acme/shop"),
        ({"github": "acme/shop", "forge": "local"}, True, "local", f"{WEB}/acme/shop"),
        (
            {"repository": f"{WEB}/acme/shop", "forge": "local"},
            True,
            "local",
            f"{WEB}/acme/shop",
        ),
    ],
)
def test_the_forge_follows_from_the_repository_and_the_login(
    given: dict[str, str], login: bool, forge: str, repository: str
) -> None:
    found = settled(project(**given), web=WEB, login=login)

    assert (found.forge, found.repository) == (forge, repository)


@pytest.mark.parametrize(
    ("given", "login", "word"),
    [
        ({"repository": "/srv/shop", "forge": "github"}, True, "owner/name"),
        ({"github": "acme/shop", "forge": "github"}, False, "GITHUB_TOKEN"),
    ],
)
def test_github_without_a_name_or_a_login_is_told(
    given: dict[str, str], login: bool, word: str
) -> None:
    with pytest.raises(BadProjects) as caught:
        settled(project(**given), web=WEB, login=login)

    assert word in caught.value.message


@pytest.mark.parametrize("more", [{"github": "acme"}, {"github": "acme/shop/x"}, {}])
def test_a_mapping_without_a_place_is_refused(more: dict[str, str]) -> None:
    with pytest.raises(BadProjects):
        from_table({"projects": {"shop": more}}, defaults={})
