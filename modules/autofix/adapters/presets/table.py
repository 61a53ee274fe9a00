"""What a short name stands for: `agent = "opencode"` in the projects file."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from modules.autofix.adapters.model_apis import DUMMY, GATEWAY, ModelApi
from modules.autofix.adapters.sandbox.programs import OWN_PYTHON
from modules.autofix.project import Project

MODEL: Final = "{model}"
HERE: Final = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class Preset:
    """`program` is the agent's command line, and `wrapper` what stands before it. `model` is used
    where the project names none; `{model}` becomes it."""

    runner: Literal["acp", "command"]
    program: tuple[str, ...]
    model: str
    model_api: ModelApi
    wrapper: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)


def _wrapped(name: str) -> tuple[str, ...]:
    return (str(OWN_PYTHON), "-I", "-S", str(HERE / f"{name}.py"))


OPENCODE: Final[Mapping[str, object]] = {
    "model": f"anthropic/{MODEL}",
    "small_model": f"anthropic/{MODEL}",
    "provider": {"anthropic": {"options": {"baseURL": f"{GATEWAY}/v1", "apiKey": DUMMY}}},
    "permission": {"*": "allow", "webfetch": "deny", "question": "deny"},
    "agent": {"title": {"disable": True}},  # it would ask the model for a title
    "share": "disabled",
    "autoupdate": False,
}
PRESETS: Final[Mapping[str, Preset]] = {
    # https://opencode.ai/docs/acp and …/config
    "opencode": Preset(
        runner="acp",
        program=("opencode", "acp", "--pure"),
        model="claude-sonnet-4-5",
        model_api="anthropic",
        env={
            "OPENCODE_CONFIG_CONTENT": json.dumps(OPENCODE),
            "OPENCODE_DISABLE_PROJECT_CONFIG": "1",  # the repository's plugins and servers
            "OPENCODE_DISABLE_CLAUDE_CODE": "1",  # and its words for other agents
            "OPENCODE_DISABLE_EXTERNAL_SKILLS": "1",
            "OPENCODE_DISABLE_AUTOUPDATE": "1",
            "OPENCODE_DISABLE_LSP_DOWNLOAD": "1",
            "OPENCODE_DISABLE_MODELS_FETCH": "1",
        },
    ),
    # https://google-gemini.github.io/gemini-cli: in a folder that it does not trust it takes no
    # servers, so it could not report.
    "gemini": Preset(
        runner="acp",
        program=("gemini", "--acp", "--skip-trust", "--model", MODEL),
        model="gemini-2.5-pro",
        model_api="google",
    ),
    # https://developers.openai.com/codex/cli
    "codex": Preset(
        runner="command",
        wrapper=(*_wrapped("codex"), MODEL),
        program=("codex",),
        model="gpt-5-codex",
        model_api="openai",
    ),
    # https://aider.chat/docs/scripting.html
    "aider": Preset(
        runner="command",
        wrapper=(*_wrapped("aider"), MODEL),
        program=("aider",),
        model="gpt-5",
        model_api="openai",
    ),
}


def expanded(project: Project, find: Callable[[str], str]) -> Project:
    """The project with what its agent's name stands for; what it says itself goes before that, and
    agent_command in the place of the preset's program. `find` is a program's path by its name."""
    preset = PRESETS.get(project.agent)
    if preset is None:
        return project
    model = project.agent_model if "agent_model" in project.model_fields_set else preset.model
    program = project.agent_command or preset.program
    command = (*preset.wrapper, find(program[0]), *program[1:])
    return project.model_copy(
        update={
            "agent": preset.runner,
            "agent_name": project.agent_name or project.agent,
            "agent_command": tuple(word.replace(MODEL, model) for word in command),
            "agent_env": {
                **{name: value.replace(MODEL, model) for name, value in preset.env.items()},
                **project.agent_env,
            },
            "model_api": project.model_api or preset.model_api,
        }
    )
