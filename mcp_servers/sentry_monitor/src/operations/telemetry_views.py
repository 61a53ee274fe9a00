"""How an answer about telemetry reads."""

from collections.abc import Mapping
from typing import Any

from modules.framework.page import Page

Json = Mapping[str, Any]


def verified(data: Json) -> Page:
    lines = [f"{one['what']} arrived: event {one['event_id']}" for one in data["events"]]
    after = f"after {data['seconds']:.1f} s" if data["seconds"] >= 0.1 else "at once"
    return Page(
        head=(
            f"Errors arrive in project {data['project']} (environment {data['environment']}).",
            *lines,
            f"found again {after}, by the tag {data['tag']}",
        )
    )
