"""The APIs that models are reached by: which requests may pass the gateway, how a key is sent there,
and what an agent is told instead of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from .sandbox.gateway import Route

ModelApi = Literal["anthropic", "openai", "google"]
GATEWAY: Final = "{gateway}"  # becomes its address inside (sandbox/starter.py)
DUMMY: Final = "sandbox-dummy"
GOOGLE_URL: Final = "https://generativelanguage.googleapis.com"
MODEL: Final = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"


@dataclass(frozen=True, kw_only=True)
class ModelAccess:
    """Where an API is and the key that it knows us by, which stays outside of the sandbox."""

    base_url: str
    key: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class _Kind:
    path: str  # of what may be asked: a pattern
    login: tuple[str, str]  # the header, and what stands before the key
    env: Mapping[str, str]  # what programs know as this API's address and key
    setting: str  # of the key


KINDS: Final[Mapping[ModelApi, _Kind]] = {
    # https://docs.anthropic.com/en/api/messages
    "anthropic": _Kind(
        path=r"/v1/messages",
        login=("x-api-key", ""),
        env={"ANTHROPIC_BASE_URL": GATEWAY, "ANTHROPIC_API_KEY": DUMMY},
        setting="ANTHROPIC_API_KEY",
    ),
    # https://platform.openai.com/docs/api-reference/responses and …/chat
    "openai": _Kind(
        path=r"/v1/(?:responses|chat/completions)",
        login=("authorization", "Bearer "),
        env={"OPENAI_BASE_URL": f"{GATEWAY}/v1", "OPENAI_API_KEY": DUMMY},
        setting="OPENAI_API_KEY",
    ),
    # https://ai.google.dev/api/generate-content
    "google": _Kind(
        path=rf"/v1beta/models/{MODEL}:(?:generateContent|streamGenerateContent)",
        login=("x-goog-api-key", ""),
        env={"GOOGLE_GEMINI_BASE_URL": GATEWAY, "GEMINI_API_KEY": DUMMY},
        setting="GEMINI_API_KEY",
    ),
}


def route(
    api: ModelApi,
    access: ModelAccess,
    *,
    own_login: str | None = None,
    heard: Callable[[int], None] | None = None,
) -> Route:
    """The one thing that may be asked of a model's API. The key is added outside; `own_login` is an
    authorization that the program itself may send instead. `heard` is told each answer's status."""
    kind = KINDS[api]
    name, before = kind.login
    return Route(
        path=kind.path,
        upstream=access.base_url.removesuffix("/v1"),
        headers={name: before + access.key} if access.key else {},
        own_login=own_login,
        heard=heard,
    )


def environment(api: ModelApi) -> Mapping[str, str]:
    """Where the program finds the gateway in the place of the API, and a key that is none."""
    return KINDS[api].env


def no_key(api: ModelApi) -> str:
    return f"There is no key for the model's API: set {KINDS[api].setting}."
