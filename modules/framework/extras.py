"""How an optional part is installed. By path alone: the package is on no index, and whatever an index
offers by its name is somebody else's."""


def install(extra: str) -> str:
    """What to type, where the library of an extra is missing."""
    return (
        f"pip install '/path/to/sentry-monitor[{extra}]' (your checkout; no index has the package)"
    )
