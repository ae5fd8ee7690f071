"""`mailtracer sql`: read-only SQL, one-off, from a file, or in a shell."""

import argparse
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from tracer.cli.row_formats import BINARY, FORMATS, TABLE_ROWS, TEXTS
from tracer.cli.sql_statements import split
from tracer.errors import TracerError
from tracer.store import open_reader

TIMEOUT_SECONDS = 60.0
_ONE_AFTER_ANOTHER = ("table", "markdown")
_PARAMETER = re.compile(r"([A-Za-z_]\w*)=(.*)", re.ASCII | re.DOTALL)


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "statement",
        nargs="?",
        metavar="STATEMENT",
        help="a SELECT (or EXPLAIN, DESCRIBE, SHOW TABLES); - reads standard input; without one, a "
        "shell begins",
    )
    parser.add_argument(
        "--file", metavar="FILE", type=Path, help="read statements from FILE, with ; between them"
    )
    parser.add_argument(
        "--param",
        metavar="NAME=VALUE",
        dest="parameters",
        action="append",
        type=_parameter,
        default=[],
        help="the value of $NAME in the statement; may be given several times",
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
        help=f"stop a statement after this time (default: {TIMEOUT_SECONDS:g})",
    )
    parser.epilog = "docs/sql.md shows it at work."


def run(args: argparse.Namespace) -> int:
    """Run the statements; 0 also where they have no rows."""
    if args.file is not None and args.statement is not None:
        raise TracerError("give either a statement or --file, not both")
    if args.format in BINARY and args.output is None and sys.stdout.isatty():
        raise TracerError(
            f"{args.format} is no text: name a file with --output, or redirect the output"
        )
    if args.file is None and args.statement is None and sys.stdin.isatty():
        return _converse(args)
    parameters = dict(args.parameters)
    statements = split(_text(args))
    if len(statements) > 1 and args.format not in _ONE_AFTER_ANOTHER:
        raise TracerError(
            f"{len(statements)} results are no {args.format}: give one statement, or --format table"
        )
    if unused := parameters.keys() - {name for s in statements for name in s.parameters}:
        raise TracerError(f"no statement names ${min(unused)}")
    with open_reader(args.db) as reader, _output(args.output) as out:
        for number, statement in enumerate(statements):
            if number:
                out.write(b"\n")
            with reader.rows(
                statement.sql, statement.chosen(parameters), timeout_seconds=args.timeout
            ) as rows:
                FORMATS[args.format](rows, out)
    return 0


def _converse(args: argparse.Namespace) -> int:
    if args.output is not None or args.format not in TEXTS:
        raise TracerError("the shell prints tables and text: give a statement with --output")
    from tracer.cli.sql_shell import Shell  # what only a shell needs takes long to load

    with open_reader(args.db) as reader:
        Shell(reader, args.format, args.timeout, dict(args.parameters)).run()
    return 0


def _parameter(text: str) -> tuple[str, str]:
    found = _PARAMETER.fullmatch(text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return found[1], found[2]


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds above 0")
    return seconds


def _text(args: argparse.Namespace) -> str:
    """The statements, from wherever they come."""
    if args.statement not in (None, "-"):
        return str(args.statement)
    try:
        return (args.file.read_bytes() if args.file else sys.stdin.buffer.read()).decode()
    except UnicodeDecodeError as error:
        raise TracerError(f"{args.file or 'standard input'} is not valid UTF-8") from error
    except OSError as error:
        raise TracerError(f"cannot read {args.file}: {error.strerror}") from error


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
