"""What packaging/ and docs/ say of metrics is what there is."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest
from prometheus_client import CollectorRegistry

from tracer.metrics import held
from tracer.metrics.collector import StoreCollector
from tracer.metrics.commits import Commits
from tracer.metrics.declared import METRICS
from tracer.metrics.refreshed import Reading, measured
from tracer.metrics.waiting import Depth

ROOT = Path(__file__).parents[3]
RULES = ROOT / "packaging" / "prometheus" / "mailtracer.rules.yml"
DASHBOARD = ROOT / "packaging" / "grafana" / "mailtracer.json"
PAGE = ROOT / "docs" / "metrics.md"

_USED = re.compile(r"\b(?!postfix_instance\b)((?:mailtracer|postfix)_[a-z0-9_]+)(?:\{([^}]*)\})?")
_MATCHED = re.compile(r"([a-z_]+) *(?:=~|!~|!=|=) *\"")
_GROUPED = re.compile(r"\bby \(([^)]*)\)")
_ENDS = re.compile(r"_(?:bucket|sum|count)$")


class Known(NamedTuple):
    """A family as it is told."""

    name: str
    kind: str
    labels: tuple[str, ...]
    help: str


@pytest.fixture(scope="module")
def known(day: Path) -> dict[str, Known]:
    """All that the watcher can serve, but for what Prometheus' own library tells of processes."""
    registry = CollectorRegistry()
    Commits(registry)
    store = measured(partial(held.read, str(day)))
    depth = Depth(oldest_at={"deferred": datetime(2026, 3, 2)})  # noqa: DTZ001 - naive UTC
    registry.register(StoreCollector(str(day), lambda: store, {"postfix": lambda: Reading(depth)}))
    declared = {metric.name: metric.labels for metric in METRICS}
    found = {}
    for family in registry.collect():
        name = family.name + {"counter": "_total", "info": "_info"}.get(family.type, "")
        seen = {key: None for sample in family.samples for key in sample.labels if key != "le"}
        labels = declared.get(name, tuple(seen))
        found[name] = Known(name, family.type, labels, family.documentation)
    found |= {
        # a log that was loaded from a path which is none has no file to compare with
        name: Known(name, "gauge", ("source",), found[name].help)
        for name in found
        if name.startswith("mailtracer_source_")
    }
    return found


def expressions() -> Iterator[str]:
    """All that the rules and the dashboard ask for."""
    yield from re.findall(r"^ +expr: (.+)$", RULES.read_text(encoding="utf-8"), re.MULTILINE)
    dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            yield target["expr"]
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["query"]["query"]


EXPRESSIONS = sorted(set(expressions()))


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_what_is_asked_for_is_there_and_has_these_labels(
    known: dict[str, Known], expression: str
) -> None:
    used = _USED.findall(expression)
    assert used or "mailtracer:traffic:rate5m" in expression
    labels = {"instance", "le"}
    for name, matchers in used:
        family = known[name if name in known else _ENDS.sub("", name)]
        assert set(_MATCHED.findall(matchers)) <= set(family.labels), expression
        labels |= set(family.labels)
    if not used:
        labels |= {"host", "outcome"}
    for group in _GROUPED.findall(expression):
        assert set(group.replace(" ", "").split(",")) <= labels, expression


def test_there_is_much_that_is_asked_for() -> None:
    assert len(EXPRESSIONS) > 35


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_the_rules_are_what_prometheus_takes() -> None:
    done = subprocess.run(["promtool", "check", "rules", RULES], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    rules = RULES.read_text(encoding="utf-8").count("expr: ")
    assert f"{rules} rules found" in done.stdout


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_the_names_are_what_prometheus_advises(day: Path) -> None:
    registry = CollectorRegistry()
    Commits(registry)
    store = measured(partial(held.read, str(day)))
    registry.register(
        StoreCollector(str(day), lambda: store, {"postfix": lambda: Reading(Depth())})
    )
    from prometheus_client import generate_latest

    done = subprocess.run(
        ["promtool", "check", "metrics"], input=generate_latest(registry), capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()


def test_the_page_lists_all_of_them(known: dict[str, Known]) -> None:
    rows = re.findall(
        r"^\| `((?:mailtracer|postfix)_\w+)` \| (\w+) \|(.*?)\| (.+) \|$",
        PAGE.read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    listed = [
        Known(name, kind, tuple(re.findall(r"`(\w+)`", labels)), words)
        for name, kind, labels, words in rows
    ]
    assert sorted(listed) == sorted(known.values())
