"""What is wrong stands on top of the first page, and can be acknowledged by those who may."""

from pathlib import Path
from shutil import copyfile

import pytest

from dashboards import access
from tests.dashboards.conftest import Opener, page_text
from tests.tracer.insights import weeks
from tests.tracer.insights.conftest import load, look
from tracer.queries.insights import open_insights
from tracer.store import open_reader


@pytest.fixture(scope="module")
def looked_at(tmp_path_factory: pytest.TempPathFactory) -> Path:
    end = weeks.FIRST + weeks.HOUR
    log = weeks.text(
        weeks.regular(end=end),
        weeks.blocked(end - 20 * weeks.MINUTE),
        weeks.disk_full(end - 15 * weeks.MINUTE),
    )
    path = load(tmp_path_factory.mktemp("insights") / "store.duckdb", log)
    assert len(look(path, end)) == 2
    return path


@pytest.fixture
def store(looked_at: Path, tmp_path: Path) -> Path:
    """An hour of mail, blocked by a list, and a disk that is full."""
    return Path(copyfile(looked_at, tmp_path / "store.duckdb"))


def test_it_is_told_with_advice_and_lines(store: Path, open_page: Opener) -> None:
    page = open_page(store)
    assert not page.exception
    text = page_text(page)
    assert "Our address 203.0.113.10 is refused as listed by Spamhaus: 8 times" in text
    assert "Find out what was sent that should not have been" in text
    assert "cannot write to a disk" in page.text[0].value, "the gravest first"
    assert any("No space left" in code.value for code in page.code)
    assert [b.label for b in page.button if b.key and b.key.startswith("insight-find")] == [
        "Find the messages"
    ]


def test_it_is_acknowledged_once_and_for_all(store: Path, open_page: Opener) -> None:
    page = open_page(store)
    with open_reader(store) as reader:
        first, second = open_insights(reader)
    page.button(key=f"insight-ack-{first.insight_id}").click().run()
    assert not page.exception
    assert first.text not in page_text(page)
    assert second.text in page_text(page)
    assert "1 insight that goes on" in page_text(page)
    with open_reader(store) as reader:
        found = {each.insight_id: each.acknowledged_by for each in open_insights(reader)}
    assert found[first.insight_id] == access.actor_name()
    assert found[second.insight_id] is None


def test_who_may_only_look_has_no_button(
    store: Path, open_page: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def may(needed: str) -> bool:
        asked.append(needed)
        return False

    monkeypatch.setattr(access, "may", may)
    page = open_page(store)
    assert "cannot write to a disk" in page_text(page)
    assert not [b for b in page.button if b.key and b.key.startswith("insight-ack")]
    assert set(asked) == {"analyst"}
