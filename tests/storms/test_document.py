"""The OpenAPI document, by schemathesis; a part of what `make storms` does."""

import asyncio
from pathlib import Path
from typing import Final

from .documents import a_few, conforms
from .ground import a_service

EXAMPLES: Final = 3
ENDPOINTS: Final = 16  # those that ask nobody else


async def test_every_endpoint_answers_as_documented(tmp_path: Path) -> None:
    async with a_service(tmp_path) as ground:
        ids = await a_few(ground)
        seen = await asyncio.to_thread(conforms, ground, ids, EXAMPLES)

        assert ground.tracebacks == 0, ground.log.read_text()[-3000:]
        assert len(seen) == ENDPOINTS
        assert seen["POST /api/v1/jobs/{id}/decisions"] >= 3 * EXAMPLES
