"""`mailtracer coverage`: how much of a store is understood, and drafts of shapes for the rest.

The output is described in docs/explain.md; that of `--json` is a contract.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime

from tracer.cli.arguments import positive
from tracer.cli.coverage_text import Coverage, plain
from tracer.queries import coverage
from tracer.queries.coverage import MOST_LINES
from tracer.queries.overview import facts
from tracer.store import open_reader

_LIMIT = 20


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--limit",
        type=positive,
        default=_LIMIT,
        metavar="N",
        help="show the N programs with most unparsed lines, and the N commonest drafts "
        f"(default: {_LIMIT})",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    """Print it; 1 if there are unparsed lines, or none at all."""
    with open_reader(args.db) as reader:
        found = Coverage(
            facts(reader),
            coverage.programs(reader, args.limit + 1),
            coverage.drafts(reader, args.limit + 1),
        )
    shown = Coverage(found.facts, found.programs[: args.limit], found.drafts[: args.limit])
    if args.json:
        print(json.dumps(_as_object(shown)))
    elif sys.stdout.isatty():
        from tracer.cli.coverage_screen import show

        show(shown)
    else:
        for row in plain(shown):
            print("\t".join(row))
    for note in _notes(found, args.limit):
        print("mailtracer:", note, file=sys.stderr)
    return 0 if found.facts.line_count and not found.facts.unparsed_count else 1


def _notes(found: Coverage, limit: int) -> Iterator[str]:
    """What is to be known of what is shown."""
    if not found.facts.line_count:
        yield "the store is empty: load logs with `mailtracer ingest`"
    if found.facts.unparsed_count > MOST_LINES:
        yield f"the drafts are of the latest {MOST_LINES:,} unparsed lines"
    if found.drafts[limit:] or any(program.unparsed_count for program in found.programs[limit:]):
        yield "there is more that is not understood: --limit N shows it"


def _as_object(shown: Coverage) -> dict[str, object]:
    """The whole as docs/explain.md describes it."""
    held = shown.facts
    return {
        "line_count": held.line_count,
        "unparsed_count": held.unparsed_count,
        "parsed_share": held.parsed_share,
        "drafted_count": min(held.unparsed_count, MOST_LINES),
        "programs": [asdict(program) for program in shown.programs],
        "drafts": [
            asdict(draft) | {"first_at": _stamp(draft.first_at), "last_at": _stamp(draft.last_at)}
            for draft in shown.drafts
        ],
    }


def _stamp(at: datetime | None) -> str | None:
    return f"{at.isoformat()}Z" if at else None
