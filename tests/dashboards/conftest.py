"""Stores made from the sample logs, and the page over them."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from dashboards import DB_VARIABLE
from tracer.cli import main

ROOT = Path(__file__).parents[2]
DAY = ROOT / "sample_logs" / "day"

Opener = Callable[..., AppTest]


def ingest(db: Path, *paths: Path) -> Path:
    assert main(["ingest", "--db", str(db), "--zone", "UTC", *map(str, paths)]) == 0
    return db


@pytest.fixture(scope="session")
def day_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample day and the evening before."""
    return ingest(tmp_path_factory.mktemp("day") / "day.duckdb", *DAY.glob("mail.log*"))


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> Opener:
    """Run a page over a store, as a browser with these query parameters would."""

    def opened(db: Path, at: str = "", **parameters: str) -> AppTest:
        monkeypatch.setitem(os.environ, DB_VARIABLE, str(db))
        # AppTest takes the place of the main module, which new processes would begin with
        monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
        st.cache_data.clear()
        page = AppTest.from_file(str(ROOT / "dashboards" / "app.py"), default_timeout=60)
        for name, value in parameters.items():
            page.query_params[name] = value
        page._page_hash = calc_hash(at)  # its switch_page() knows only pages that are files
        return page.run()

    return opened


def page_text(page: AppTest) -> str:
    """What stands on a page outside of its tables."""
    blocks = [page.markdown, page.caption, page.text, page.code, page.warning, page.info]
    return "\n".join(str(element.value) for block in blocks for element in block)
