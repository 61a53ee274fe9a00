"""What is sent satisfies the request schemas that Sentry has published."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from openapi_schema_validator import OAS30WriteValidator

from fakes.alerting import Ground

from .conftest import EVERY_CHANNEL

PUBLISHED: Final = Path(__file__).parents[4] / "shared/sentry-api"
PATHS: Final = {
    r".*/workflows/": "/api/0/organizations/{organization_id_or_slug}/workflows/",
    r".*/workflows/\d+/": "/api/0/organizations/{organization_id_or_slug}/workflows/{workflow_id}/",
    r".*/projects/shop/detectors/": "/api/0/organizations/{organization_id_or_slug}/projects/"
    "{project_id_or_slug}/detectors/",
    r".*/detectors/\d+/": "/api/0/organizations/{organization_id_or_slug}/detectors/{detector_id}/",
    r".*/shop/rules/": "/api/0/projects/{organization_id_or_slug}/{project_id_or_slug}/rules/",
    r".*/shop/rules/\d+/": "/api/0/projects/{organization_id_or_slug}/{project_id_or_slug}/rules/"
    "{rule_id}/",
    r".*/alert-rules/": "/api/0/organizations/{organization_id_or_slug}/alert-rules/",
    r".*/alert-rules/\d+/": "/api/0/organizations/{organization_id_or_slug}/alert-rules/"
    "{alert_rule_id}/",
}
# Their serializers take camelCase; the schema is written in the snake_case they are defined in.
SNAKE: Final = frozenset(
    {"detectorIds", "actionFilters", "logicType", "dataSources", "conditionGroup", "workflowIds"}
)

pytestmark = pytest.mark.skipif(
    not PUBLISHED.exists(), reason="needs ../shared/sentry-api, the published schemas"
)


async def test_every_body_fits_the_published_schema(
    ground: Ground, a_file: Callable[[str], Path]
) -> None:
    schemas = _schemas()
    ground.rules_file = a_file(EVERY_CHANNEL)
    await ground.data("ensure-alert-rules", apply=True)
    ground.rules_file = a_file(
        EVERY_CHANNEL.replace("[rules.error-rate]", "[rules.error-rate]\nper_minute = 20").replace(
            'level = "error"', 'level = "fatal"'
        )
    )

    await ground.data("ensure-alert-rules", apply=True)

    methods = {method for method, _, _ in ground.writes}
    assert methods == {"POST", "PUT"}
    for method, path, body in ground.writes:
        template = next(one for form, one in PATHS.items() if re.fullmatch(form, path))
        schema = schemas[template][method.lower()]
        problems = [one.message for one in OAS30WriteValidator(schema).iter_errors(_snaked(body))]
        assert not problems, (method, path, problems)
        unknown = set(_snaked(body)) - set(schema["properties"])
        assert not unknown, (method, path, unknown)


def _schemas() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for name in ("openapi-subset.json", "openapi-legacy-alert-rules.json"):
        for path, operations in json.loads((PUBLISHED / name).read_text())["paths"].items():
            found[path] = {
                method: one["requestBody"]["content"]["application/json"]["schema"]
                for method, one in operations.items()
                if method in ("post", "put") and "application/json" in _contents(one)
            }
    return found


def _contents(operation: dict[str, Any]) -> dict[str, Any]:
    contents: dict[str, Any] = operation.get("requestBody", {}).get("content", {})
    return contents


def _snaked(value: Any) -> Any:
    if isinstance(value, list):
        return [_snaked(one) for one in value]
    if isinstance(value, dict):
        return {_snake(key): _snaked(one) for key, one in value.items()}
    return value


def _snake(key: str) -> str:
    return re.sub(r"([A-Z])", r"_\1", key).lower() if key in SNAKE else key
