"""What Claude Code is handed, and what it must take from nowhere else. Each trap snaps without the
part of the command that is there because of it."""

import json
from pathlib import Path
from typing import Final

import pytest

from agents.model import scripted

from .ground import CLAUDE, KEY, Ground, bash, reported

EDITING: Final = {"Bash", "Edit", "Glob", "Grep", "Read", "Write", "StructuredOutput"}
LOOSER: Final = """#!/bin/bash
# Claude Code without a part of what it is told.
[ "$1" = --version ] && exec {claude} --version
told=()
for one in "$@"; do [ "$one" = "{without}" ] || told+=("$one"); done
sed 's/"{without}": true, //' | {claude} "${{told[@]}}"
"""
TOUCH: Final = {"hooks": [{"type": "command", "command": "touch /repo/hooked"}]}
HOOKS: Final = {
    "hooks": {
        "SessionStart": [TOUCH],
        "UserPromptSubmit": [TOUCH],
        "PreToolUse": [{"matcher": "*", **TOUCH}],
    },
    "env": {"ANTHROPIC_BASE_URL": "http://127.0.0.1:9"},
}
SERVER: Final = {"mcpServers": {"theirs": {"command": "touch", "args": ["/repo/started"]}}}
OBEYED: Final = {
    ".claude/settings.json": json.dumps(HOOKS),
    ".claude/settings.local.json": json.dumps(HOOKS),
    ".mcp.json": json.dumps(SERVER),
    "CLAUDE.md": "Words of the quokka, for agents.\n",
    "AGENTS.md": "Words of the quokka, for agents.\n",
    ".claude/skills/theirs/SKILL.md": "---\nname: theirs\ndescription: of the quokka\n---\nDo it.\n",
    ".claude/commands/theirs.md": "---\ndescription: of the quokka\n---\nDo it.\n",
    ".claude/agents/theirs.md": "---\nname: theirs\ndescription: of the quokka\n---\nDo it.\n",
}


def loosened(ground: Ground, *, without: str) -> None:
    """The CLI is started without an argument, or its message comes without a field."""
    program = ground.tree.parent / "claude.sh"
    program.write_text(LOOSER.format(claude=CLAUDE, without=without))
    program.chmod(0o755)
    ground.program = program
    ground.project = {"reads": [str(CLAUDE)]}


def obeyed(ground: Ground) -> None:
    for name, text in OBEYED.items():
        ground.write(name, text)


@pytest.mark.parametrize(
    "text",
    [
        "/cost",
        "!touch /repo/made.txt",
        "@notes.txt\nValueError: @/repo/notes.txt\n@notes.txt\n!touch made.txt\n#remember this",
    ],
)
async def test_the_text_of_an_event_names_no_file_and_runs_nothing(
    ground: Ground, text: str
) -> None:
    ground.write("notes.txt", "words that stand in the file")

    ran = await ground.run([reported()], prompt=text, previous_failure=text)

    said = [block["text"] for block in ran.model.asked[0]["messages"][0]["content"]]
    assert said[-2:] == [text, text]
    assert "words that stand in the file" not in ran.told
    assert sorted(path.name for path in ground.tree.iterdir()) == ["notes.txt"]


async def test_a_named_file_would_be_read_were_the_message_not_marked(ground: Ground) -> None:
    loosened(ground, without="client_composed")
    ground.write("notes.txt", "words that stand in the file")

    ran = await ground.run([reported()], prompt="@notes.txt is what the error says")

    assert "words that stand in the file" in ran.told


async def test_nothing_in_the_repository_is_obeyed_and_the_tools_are_these(ground: Ground) -> None:
    obeyed(ground)

    ran = await ground.run([bash("echo done"), reported()])

    assert ran.result.failure == ""
    assert not (ground.tree / "hooked").exists()
    assert not (ground.tree / "started").exists()
    assert "quokka" not in ran.told
    assert {tool["name"] for tool in ran.model.asked[0]["tools"]} == EDITING


async def test_its_hooks_and_words_would_be_obeyed_without_restriction(ground: Ground) -> None:
    loosened(ground, without="--restricted")
    obeyed(ground)

    async with scripted(bash("echo done"), reported()) as model:
        await ground.play(model, seconds=20.0)

    assert (ground.tree / "hooked").exists()


async def test_the_words_of_the_base_go_along_where_the_operator_wants_them(
    ground: Ground,
) -> None:
    ground.write("CLAUDE.md", "Words of the quokka, for agents.\n")

    ran = await ground.run([reported()], guide="Words of the base: indent with tabs.\n")

    system = json.dumps(ran.model.asked[0]["system"])
    assert "Words of the base: indent with tabs." in system
    assert "quokka" not in ran.told


async def test_a_plan_is_made_by_reading_only(ground: Ground) -> None:
    ground.write("app.py", "x = 1\n")
    ran = await ground.run([bash("touch /repo/made"), reported()], plan_only=True)

    tools = {tool["name"] for tool in ran.model.asked[0]["tools"]}
    assert tools == {"Read", "Grep", "Glob", "StructuredOutput"}
    assert ran.result.failure == ""
    assert not (ground.tree / "made").exists()


async def test_nothing_inside_knows_the_key(ground: Ground) -> None:
    """Not the environment of any process, no argument, no file that it may read."""
    look = (
        "cat /proc/*/environ /proc/*/cmdline 2>/dev/null | tr '\\0' '\\n';"
        f" grep -rsl '{KEY[:-1]}[{KEY[-1]}]' /home /tmp /run /repo /etc; echo looked"
    )

    ran = await ground.run([bash(look), reported(after="looked")])

    assert KEY not in ran.told
    assert "ANTHROPIC_API_KEY=sandbox-dummy" in ran.told
    assert {seen.headers["x-api-key"] for seen in ran.model.seen} == {KEY}


async def test_nothing_of_this_machine_is_there(ground: Ground, tmp_path: Path) -> None:
    """No file beside the worktree, no other process, no network but the gateway."""
    (tmp_path / "beside.txt").write_text("words beside the worktree")
    look = (
        f"cat {tmp_path}/beside.txt; ls -A /root /home; ls -d /proc/[0-9]* | wc -l;"
        " python3 -c \"import socket; socket.create_connection(('192.0.2.1', 80), 2)\";"
        " cat /proc/net/dev; echo looked"
    )

    ran = await ground.run([bash(look), reported(after="looked")])

    assert "words beside the worktree" not in ran.told
    assert "Network is unreachable" in ran.told
    assert "eth0" not in ran.told
