"""`mailtracer sql`: one read-only statement; its rows as a table, CSV, JSON or Parquet."""

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from tracer.cli.row_formats import FORMATS, TABLE_ROWS
from tracer.errors import TracerError
from tracer.store import open_reader

TIMEOUT_SECONDS = 60.0


def configure(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument(
        "statement",
        metavar="STATEMENT",
        help="a SELECT (or EXPLAIN, DESCRIBE, SHOW TABLES); - reads it from standard input",
    )
    parser.add_argument(
        "--format",
        choices=tuple(FORMATS),
        default="table",
        help=f"how rows are written; a table has at most {TABLE_ROWS} (default: table)",
    )
    parser.add_argument(
        "--output", metavar="FILE", type=Path, help="write to FILE (default: standard output)"
    )
    parser.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=_seconds,
        default=TIMEOUT_SECONDS,
        help=f"stop the statement after this time (default: {TIMEOUT_SECONDS:g})",
    )


def run(args: argparse.Namespace) -> int:
    """Run the statement; 0 also where it has no rows."""
    if args.format == "parquet" and args.output is None and sys.stdout.isatty():
        raise TracerError("Parquet is no text: name a file with --output, or redirect the output")
    statement = _read_statement() if args.statement == "-" else args.statement
    with (
        open_reader(args.db) as reader,
        reader.rows(statement, timeout_seconds=args.timeout) as rows,
        _output(args.output) as out,
    ):
        FORMATS[args.format](rows, out)
    return 0


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds above 0")
    return seconds


def _read_statement() -> str:
    try:
        return sys.stdin.buffer.read().decode()
    except UnicodeDecodeError as error:
        raise TracerError("the statement on standard input is not valid UTF-8") from error


@contextmanager
def _output(path: Path | None) -> Iterator[BinaryIO]:
    """Standard output, or a file that takes its name only once it is complete."""
    if path is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("xb") as file:
            yield file
        part.replace(path)
    except OSError as error:
        raise TracerError(f"cannot write {path}: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)
