"""`mailtracer search`: list the messages that fit a query, the latest first.

The language and the output are described in docs/search.md; that of `--json` is a contract.
"""

import argparse
import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from zoneinfo import ZoneInfo

from tracer.cli import search_text as words
from tracer.cli.arguments import positive
from tracer.cli.message_text import local
from tracer.queries import search
from tracer.queries.overview import Facts, facts
from tracer.queries.search_hits import Hit
from tracer.queries.search_language import parse
from tracer.sources.zones import machine_zone
from tracer.store import open_reader


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "query",
        nargs="+",
        metavar="QUERY",
        help="what to look for, best in single quotes: 'to:bob status:bounced after:yesterday'; "
        "one that begins with - stands behind --",
    )
    parser.add_argument(
        "--limit",
        type=positive,
        default=search.MOST_FOUND,
        metavar="N",
        help=f"show the latest N (default: {search.MOST_FOUND})",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object a message")
    parser.epilog = "docs/search.md describes the language."


def run(args: argparse.Namespace) -> int:
    """Print what fits; 1 if nothing does."""
    query = parse(" ".join(args.query))
    now = datetime.now(ZoneInfo(machine_zone()))
    with open_reader(args.db) as reader:
        found = search.find(reader, query, now, limit=args.limit)
        if args.json:
            for hit in found.hits:
                print(json.dumps(_as_object(hit)))
        elif sys.stdout.isatty():
            from tracer.cli.search_screen import show

            show(list(found.hits))
        else:
            _print_plainly(found.hits)
        if not found.count:
            print(f"mailtracer: nothing fits this query{_scope(facts(reader))}", file=sys.stderr)
    if found.is_cut:
        print(
            f"mailtracer: these are the latest {found.count}; --limit N shows more",
            file=sys.stderr,
        )
    return 0 if found.count else 1


def _print_plainly(hits: Iterable[Hit]) -> None:
    """One hit a line, with tabs between what is told of it."""
    for hit in hits:
        fields = (
            local(hit.first_at),
            words.queue_id(hit),
            words.text(hit.host),
            words.sender(hit),
            words.recipients(hit),
            words.text(hit.size_bytes),
            hit.outcome,
            words.reason(hit),
        )
        print("\t".join(fields))


def _scope(held: Facts) -> str:
    """What was searched, or what to do where there is nothing."""
    if held.first_at is None or held.last_at is None:
        return ": the store is empty, load logs with `mailtracer ingest`"
    return (
        f". The store holds {held.line_count:,} lines from {local(held.first_at)} to "
        f"{local(held.last_at)}"
    )


def _as_object(hit: Hit) -> dict[str, object]:
    """The hit as docs/search.md describes it."""
    made = asdict(hit)
    del made["position"]  # of this store alone
    for name in ("first_at", "last_at"):
        made[name] = f"{made[name].isoformat()}Z"
    return made
