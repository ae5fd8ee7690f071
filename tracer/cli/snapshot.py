"""`mailtracer snapshot`: a copy of the store for other tools, made while it is written."""

import argparse
import os
import time
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from tracer.cli.progress import bars
from tracer.errors import TracerError
from tracer.reports.days import checked, parsed, today
from tracer.sources.zones import checked_zone, machine_zone
from tracer.store import open_reader, snapshot

_MAKERS = {"duckdb": snapshot.to_duckdb, "parquet": snapshot.to_parquet}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("file", metavar="FILE", type=Path, help="what to make")
    parser.add_argument(
        "--format",
        choices=tuple(_MAKERS),
        default="duckdb",
        help="a DuckDB file, or a folder of Parquet files (default: duckdb)",
    )
    parser.add_argument(
        "--since", metavar="DAY", type=checked, help="only what was logged on this day or later"
    )
    parser.add_argument(
        "--until", metavar="DAY", type=checked, help="only what was logged on this day or before"
    )
    parser.add_argument(
        "--zone",
        metavar="NAME",
        type=checked_zone,
        help="time zone of these days (default: this machine's)",
    )
    parser.add_argument("--force", action="store_true", help="replace FILE if it exists")
    parser.epilog = "docs/sql.md shows what to do with it."


def run(args: argparse.Namespace) -> int:
    """Make the copy, and say how large it is."""
    os.nice(10)  # the watcher goes first
    started = time.monotonic()
    span = _span(args.since, args.until, args.zone or machine_zone())
    target: Path = args.file
    with (
        open_reader(args.db) as reader,
        bars() as progress,
    ):
        task = progress.add_task("", total=1.0)

        def show(what: str, share: float) -> None:
            progress.update(task, description=what, completed=share)

        _MAKERS[args.format](reader, target, span, show, replace=args.force)
    size = sum(file.stat().st_size for file in _files(target))
    print(f"{target}: {size / 1e6:,.1f} MB in {time.monotonic() - started:.1f} s")
    return 0


def _span(since: str | None, until: str | None, zone: str) -> snapshot.Span:
    now = today(datetime.now(ZoneInfo(zone)), zone)
    start = parsed(since, now, zone).span.start if since else None
    end = parsed(until, now, zone).span.end if until else None
    if start and end and end <= start:
        raise TracerError(f"--until {until} is before --since {since}")
    return snapshot.Span(start, end)


def _files(target: Path) -> list[Path]:
    return list(target.iterdir()) if target.is_dir() else [target]
