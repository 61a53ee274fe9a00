"""Which sandbox there is: bubblewrap where it works, else only what the operator says in so many
words. Nothing falls back to less by itself."""

from typing import Final, Literal

from modules.framework.contracts import Category
from modules.framework.errors import ModuleError

from .bubblewrap import Bubblewrap, probe
from .place import Sandbox
from .plain import Plain

Wish = Literal["auto", "bubblewrap", "container", "none"]
REMEDY: Final = (
    "Install bubblewrap (apt install bubblewrap) and allow user namespaces, or say with"
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
    if why := await probe():
        raise NoSandbox(f"There is no sandbox: {why}.")
    return Bubblewrap()
