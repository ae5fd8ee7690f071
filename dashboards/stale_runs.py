"""Runs that a browser asked for before it heard that another page is shown.

Parts of a page ask for a refresh every few seconds. Where a row that was just picked opens another
page, Streamlit 1.67 keeps such a request until that page is drawn, finds that its part is gone, and
yet announces a run of the page of before: the browser throws away what it shows, and what is drawn
next finds no place ("Bad delta path index").
"""

from streamlit.runtime.scriptrunner import RerunData
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner

_run = ScriptRunner._run_script  # Streamlit has no public way to refuse a run


def _run_unless_stale(runner: ScriptRunner, data: RerunData) -> None:
    parts = data.fragment_id_queue
    if not parts or any(runner._fragment_storage.contains(part) for part in parts):
        _run(runner, data)


def drop() -> None:
    """Run no part of a page that is not there any more, from now on."""
    ScriptRunner._run_script = _run_unless_stale  # type: ignore[assignment, method-assign]
