"""Of GitHub's OpenAPI document, the paths below repositories, Apps and the user, with their
references resolved: `cut_schema.py FROM TO`."""

import json
import sys
from pathlib import Path
from typing import Any

BELOW = (
    "/user",
    "/app",
    "/search/issues",
    "/repos/{owner}/{repo}",
    "/repos/{owner}/{repo}/installation",
    "/repos/{owner}/{repo}/pulls",
    "/repos/{owner}/{repo}/issues",
    "/repos/{owner}/{repo}/labels",
    "/repos/{owner}/{repo}/commits/",
    "/app/installations/",
)


def main() -> None:
    source, target = map(Path, sys.argv[1:])
    document = json.loads(source.read_text())
    paths = {
        path: {method: _cut(told, document) for method, told in methods.items()}
        for path, methods in document["paths"].items()
        if path in BELOW or any(path.startswith(f"{one.rstrip('/')}/") for one in BELOW[4:])
    }
    target.write_text(json.dumps({"info": document["info"], "paths": paths}))


def _cut(operation: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """What a request is checked by; answers are left out."""
    kept = {name: operation[name] for name in ("parameters", "requestBody") if name in operation}
    resolved: dict[str, Any] = _resolved(kept, document)
    return resolved


def _resolved(told: Any, document: dict[str, Any]) -> Any:
    if isinstance(told, list):
        return [_resolved(one, document) for one in told]
    if not isinstance(told, dict):
        return told
    if isinstance(reference := told.get("$ref"), str):
        found: Any = document
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
        return _resolved(found, document)
    return {name: _resolved(one, document) for name, one in told.items() if name != "examples"}


if __name__ == "__main__":
    main()
