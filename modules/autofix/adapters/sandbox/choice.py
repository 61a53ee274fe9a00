"""Which sandbox there is: bubblewrap where it works, else Landlock, else only what the operator says
in so many words. Nothing falls back to no walls by itself."""

from typing import Final, Literal

from modules.framework.contracts import Category
from modules.framework.errors import ModuleError
from modules.framework.extras import install

from . import bubblewrap, landlock
from .place import Sandbox
from .plain import Plain

Wish = Literal["auto", "bubblewrap", "landlock", "container", "none"]
REMEDY: Final = (
    "Install bubblewrap (apt install bubblewrap) and allow user namespaces; where that cannot be,"
    f" {install('landlock')} on Linux 6.12 or newer; or say with"
    " SENTRY_FIXER_SANDBOX=container that an outer container isolates, or with =none that nothing"
    " has to (docs/sandbox.md)."
)


class NoSandbox(ModuleError):
    """Autofix does not run without walls."""

    code = "sandbox_unavailable"
    category = Category.CONFIGURATION
    recovery = REMEDY


async def sandbox(wish: Wish) -> Sandbox:
    """Raises NoSandbox."""
    if wish in ("container", "none"):
        return Plain(wish)
    why: list[str] = []
    for known, probe, made in (
        ("bubblewrap", bubblewrap.probe, bubblewrap.Bubblewrap),
        ("landlock", landlock.probe, landlock.Landlock),
    ):
        if wish in ("auto", known):
            if not (problem := await probe()):
                return made()
            why.append(problem)
    raise NoSandbox(f"There is no sandbox: {'; '.join(why)}.")
