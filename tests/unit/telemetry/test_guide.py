"""The examples of docs/telemetry.md are true."""

import ast
import re
import tomllib
from pathlib import Path

import modules.telemetry.people
import modules.telemetry.sentry_config
from modules.telemetry.rules import PLACES, from_table

GUIDE = (Path(__file__).parents[3] / "docs/telemetry.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)


def test_the_rules_can_be_used() -> None:
    (example,) = blocks("toml")

    rules = from_table(tomllib.loads(example))

    assert [one.name for one in (*rules.group, *rules.drop)] == ["payments", "late stock feed"]


def test_every_place_of_a_fingerprint_is_listed() -> None:
    assert all(f"`{{{place}}}`" in GUIDE for place in PLACES)


def test_what_is_imported_is_there() -> None:
    homes = {
        one.__name__: one for one in (modules.telemetry.people, modules.telemetry.sentry_config)
    }
    named = [
        (node.module, alias.name)
        for block in blocks("python")
        for node in ast.walk(ast.parse(block))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("modules.")
        for alias in node.names
    ]

    assert len(named) >= 5
    assert [name for home, name in named if not hasattr(homes[str(home)], name)] == []
