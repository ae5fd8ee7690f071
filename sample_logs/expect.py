"""Writes beside each small log what parsing it gives: `<situation>.expected.json`.

    python -m sample_logs.expect [PATH.log ...]

One event a line, fields that are not NULL only, so that a change shows as a short diff. The
summary of a day's log (`summary.json`) counts its events instead.
"""

import datetime
import gzip
import json
import pathlib
import sys
from collections import Counter
from typing import Any

from parsers.batch import parse_lines

HERE = pathlib.Path(__file__).parent
DAYS = ("day", "day-iso")
# Year-less stamps of sample logs belong to the year before this moment.
REFERENCE = datetime.datetime(2026, 3, 3, tzinfo=datetime.UTC)


def small_logs() -> list[pathlib.Path]:
    """All small logs, in order of their names."""
    return sorted(path for path in HERE.glob("*/*.log") if path.parent.name not in DAYS)


def expected_path(log: pathlib.Path) -> pathlib.Path:
    """Where the events of a small log stand."""
    return log.with_suffix(".expected.json")


def events(log: pathlib.Path) -> list[dict[str, Any]]:
    """The events of a log (plain or gz): fields that are not NULL, without the line itself."""
    return [_compact(event) for event in parse_lines(lines(log), reference=REFERENCE)]


def lines(log: pathlib.Path) -> list[str]:
    """The lines of a log, plain or gz."""
    data = log.read_bytes()
    text = (gzip.decompress(data) if log.suffix == ".gz" else data).decode()
    return text.rstrip("\n").split("\n")


def rendered(found: list[dict[str, Any]]) -> str:
    """Events as a JSON array with one event a line."""
    body = ",\n".join(json.dumps(event, ensure_ascii=False) for event in found)
    return f"[\n{body}\n]\n"


def summary(folder: pathlib.Path) -> dict[str, dict[str, int]]:
    """How often each event happens in each log of a day's folder."""
    return {
        log.name: dict(sorted(Counter(str(e["event"]) for e in events(log)).items()))
        for log in sorted(folder.glob("mail.log*"))
    }


def rendered_summary(folder: pathlib.Path) -> str:
    """The summary as JSON, one event a line."""
    return json.dumps(summary(folder), indent=1) + "\n"


def _compact(event: dict[str, Any]) -> dict[str, Any]:
    found = {name: value for name, value in event.items() if name not in ("line", "fields")}
    if isinstance(found["occurred_at"], datetime.datetime):
        found["occurred_at"] = found["occurred_at"].isoformat()
    found |= dict(sorted(event["fields"].items()))
    return {name: value for name, value in found.items() if value is not None}


def main() -> None:
    """Write the expected events of the logs named, or of all, and the days' summaries."""
    named = [pathlib.Path(name).resolve() for name in sys.argv[1:]]
    for log in named or small_logs():
        expected_path(log).write_text(rendered(events(log)), encoding="utf-8")
    for day in () if named else DAYS:
        (HERE / day / "summary.json").write_text(rendered_summary(HERE / day), encoding="utf-8")


if __name__ == "__main__":
    main()
