"""The download of tables: what is shown, and nothing that a spreadsheet would run."""

import csv
import io
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from dashboards import tables
from tests.dashboards.conftest import Opener


def read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode())))


def test_a_formula_becomes_text() -> None:
    frame = pd.DataFrame(
        {
            "Time": [datetime(2026, 3, 2, 12)],  # noqa: DTZ001 - local
            "Status": [["deferred"]],
            "Sender": ["=HYPERLINK(1)"],
            "Recipients": ["a@x.example, +1"],
            "Size": pd.array([None], dtype="Int64"),
        }
    )
    assert read(tables._csv(frame)) == [
        list(frame.columns),
        ["2026-03-02 12:00:00", "deferred", "'=HYPERLINK(1)", "a@x.example, +1", ""],
    ]


@pytest.mark.parametrize(
    ("page", "asked", "label"),
    [
        ("", {}, "The latest messages"),
        ("find", {"q": "status:deferred", "range": "All"}, "Messages and refusals that fit"),
        ("find", {"q": "42958194146", "range": "All"}, "What filters said"),
        ("rejections", {}, "The latest lines that say so"),
        ("delivery", {}, "Enhanced status codes by outcome"),
        ("spam-and-viruses", {"range": "All"}, "Viruses"),
        ("logins", {"range": "All"}, "Who logged in without TLS"),
        ("system", {}, "The logs that were read"),
    ],
)
def test_every_table_of_a_page_can_be_downloaded(
    day_store: Path, open_page: Opener, page: str, asked: dict[str, str], label: str
) -> None:
    opened = open_page(day_store, page, **asked)
    assert not opened.exception
    labels = [button.proto.label for button in opened.get("download_button")]
    assert len(labels) == len(opened.dataframe)
    assert label in labels
    assert len(set(labels)) == len(labels)
