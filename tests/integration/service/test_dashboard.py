"""The dashboard for Grafana: it can be imported, and every metric that it shows is one of ours."""

import json
import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any, Final

import pytest
from prometheus_client.parser import text_string_to_metric_families

from fakes.shops import Shops, two_shops

from .conftest import Start

DASHBOARD: Final[dict[str, Any]] = json.loads(
    (Path(__file__).parents[3] / "deploy/grafana/sentry-monitor.json").read_text()
)
PANELS: Final[list[dict[str, Any]]] = DASHBOARD["panels"]
SHOWN: Final = [one for one in PANELS if one["type"] != "row"]
DATASOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}
COLUMNS: Final = 24
CORE: Final = {"row", "stat", "timeseries", "piechart", "table"}  # they come with Grafana
METRIC: Final = re.compile(r"sentry_monitor_[a-z0-9_]+")
LABEL: Final = re.compile(r"{{(\w+)}}|by \(([\w, ]+)\)|(\w+)=~?\"")


@pytest.fixture(scope="module")
def shops() -> Iterator[Shops]:
    with two_shops() as found:
        found.report("shop", "KeyError", 2)
        found.report("shop", "ValueError")
        found.resolve("ValueError")
        yield found


@pytest.fixture
def settings(shops: Shops, tmp_path: Path) -> dict[str, str]:
    return shops.mapped(tmp_path)


def expressions() -> list[str]:
    return [target["expr"] for one in SHOWN for target in one["targets"]]


def test_it_is_what_grafana_imports() -> None:
    assert DASHBOARD["schemaVersion"] >= 36  # Grafana 9: data sources are objects
    assert "id" not in DASHBOARD  # it would replace whatever has this number
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,40}", DASHBOARD["uid"])
    assert DASHBOARD["title"]
    assert DASHBOARD["timezone"] == "utc"
    assert {"from", "to"} <= DASHBOARD["time"].keys()
    assert len({one["id"] for one in PANELS}) == len(PANELS)
    assert {one["type"] for one in PANELS} <= CORE


def test_its_data_source_is_chosen_by_a_variable() -> None:
    variables = {one["name"]: one for one in DASHBOARD["templating"]["list"]}

    assert (variables["datasource"]["type"], variables["datasource"]["query"]) == (
        "datasource",
        "prometheus",
    )
    assert variables["project"]["datasource"] == DATASOURCE
    assert METRIC.findall(variables["project"]["definition"]) == ["sentry_monitor_errors_24h"]
    for one in SHOWN:
        assert one["datasource"] == DATASOURCE, one["title"]
        assert all(target["datasource"] == DATASOURCE for target in one["targets"])
        assert len({target["refId"] for target in one["targets"]}) == len(one["targets"]) > 0


def test_its_panels_lie_beside_each_other() -> None:
    def inside(place: dict[str, int]) -> bool:
        return (
            place["x"] >= 0 and place["w"] > 0 < place["h"] and place["x"] + place["w"] <= COLUMNS
        )

    def apart(one: dict[str, int], other: dict[str, int]) -> bool:
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        return beside or one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]

    places = [one["gridPos"] for one in PANELS]
    assert all(map(inside, places))
    assert all(apart(one, other) for one, other in combinations(places, 2))


@pytest.mark.parametrize(
    ("title", "kind", "metric"),
    [
        ("Error rate", "timeseries", "sentry_monitor_errors_per_minute"),
        ("Top issues", "table", "sentry_monitor_issue_errors_24h"),
        ("Distribution by type", "piechart", "sentry_monitor_errors_by_type_24h"),
        ("Affected users", "timeseries", "sentry_monitor_affected_users_24h"),
        ("Resolution time", "timeseries", "sentry_monitor_resolution_seconds_24h"),
        ("Jobs", "timeseries", "sentry_monitor_jobs"),
        ("Deliveries", "timeseries", "sentry_monitor_deliveries_total"),
    ],
)
def test_the_panels_that_are_wanted_are_there(title: str, kind: str, metric: str) -> None:
    found = [one for one in SHOWN if (one["title"], one["type"]) == (title, kind)]

    assert any(metric in target["expr"] for one in found for target in one["targets"])


def test_every_expression_is_closed() -> None:
    for one in expressions():
        for opening, closing in ("()", "{}", "[]"):
            assert one.count(opening) == one.count(closing), one
        assert one.count('"') % 2 == 0, one


async def test_every_metric_and_label_of_it_is_ours(start: Start) -> None:
    async with start() as running:
        await running.service.statistics.refresh()
        await running.http.get("/healthz")
        page = (await running.http.get("/metrics")).text

    names, labels = set[str](), dict[str, set[str]]()
    for family in text_string_to_metric_families(page):
        suffixes = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}
        names |= {family.name + suffix for suffix in suffixes.get(family.type, ("",))}
        for sample in family.samples:
            labels.setdefault(sample.name, set()).update(sample.labels)
    asked = {name for one in expressions() for name in METRIC.findall(one)}
    assert asked <= names, asked - names
    for one in SHOWN:
        for target in one["targets"]:
            (known, *_) = [labels.get(name) for name in METRIC.findall(target["expr"])]
            text = f"{target['expr']} {target['legendFormat']}"
            used = {name for found in LABEL.findall(text) for name in ",".join(found).split(",")}
            wanted = {name.strip() for name in used if name.strip()}
            assert known is None or wanted <= known, (one["title"], wanted - known)


async def test_every_figure_of_errors_is_on_it(start: Start) -> None:
    """What nobody sees need not be counted."""
    async with start() as running:
        await running.service.statistics.refresh()
        page = (await running.http.get("/metrics")).text

    asked = {name for one in expressions() for name in METRIC.findall(one)}
    counted = {one.name for one in text_string_to_metric_families(page) if "errors" in one.name}
    assert len(counted) == 5
    assert counted <= asked
