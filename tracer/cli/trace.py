"""`mailtracer trace`: show what became of messages, on the whole of their path, and the proof.

The output is described in docs/trace.md; that of `--json` is a contract.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress

from tracer.cli import message_text as words
from tracer.cli import path_json, path_text
from tracer.cli.arguments import positive
from tracer.cli.terminal import safe
from tracer.queries import path, trace
from tracer.queries.path import Found, Path
from tracer.queries.trace import Absence, Line, MessageTrace
from tracer.store import open_reader
from tracer.store.reading import OwnerGoneError

_FOLLOW_SECONDS = 1


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "terms",
        nargs="+",
        metavar="QUEUE-ID",
        help="a queue id of any hop, as the log has it; or a Message-ID, an address of the "
        "envelope, or a client's address",
    )
    parser.add_argument(
        "--limit",
        type=positive,
        default=path.MOST_PATHS,
        metavar="N",
        help=f"show the latest N messages of each (default: {path.MOST_PATHS})",
    )
    parser.add_argument(
        "--follow", action="store_true", help="show it again when it changes, until it is done"
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON object a query")
    form.add_argument("--lines", action="store_true", help="print the log lines alone, in order")
    form.add_argument("--dot", action="store_true", help="print a graph for Graphviz")


def run(args: argparse.Namespace) -> int:
    """Print the paths; 1 if a term found none."""
    code, shown, is_done = _show(args, None)
    while args.follow and not is_done:
        time.sleep(_FOLLOW_SECONDS)
        with suppress(OwnerGoneError):  # in the midst of an answer: ask whoever has the store next
            code, shown, is_done = _show(args, shown)
    return code


def _show(args: argparse.Namespace, before: set[int] | None) -> tuple[int, set[int], bool]:
    """Print what is found unless it is as before; the code, its lines, whether all is done."""
    with open_reader(args.db) as reader:
        found = path.find(reader, args.terms, limit=args.limit)
        shown = {line.position for f in found for p in f.paths for line in p.lines}
        if shown != before:
            _print(args, found)
            for f in found:
                if f.is_cut:
                    print(_cut(f), file=sys.stderr)
                if not f.paths:
                    print(_absent(f.query, trace.explain_absence(reader, f.query)), file=sys.stderr)
    is_done = all(f.paths and all(p.is_done for p in f.paths) for f in found)
    return int(not all(f.paths for f in found)), shown, is_done


def _print(args: argparse.Namespace, found: Sequence[Found]) -> None:
    paths = [p for f in found for p in f.paths]
    if args.json:
        for f in found:
            print(json.dumps(path_json.as_object(f)), flush=True)
    elif args.dot:
        print("\n".join(path_text.dot(paths)), flush=True)
    elif sys.stdout.isatty():
        from tracer.cli import trace_screen

        trace_screen.show(paths, lines_alone=args.lines)
    elif args.lines:
        for p in paths:
            print("\n".join(map(_line, p.lines)), flush=True)
    elif paths:
        print("\n\n".join("\n".join(_plain(p)) for p in paths), flush=True)


def _cut(found: Found) -> str:
    return (
        f"mailtracer: {safe(found.query)}: only the latest {len(found.paths)} messages are "
        "shown; --limit N shows more"
    )


def _absent(term: str, absence: Absence) -> str:
    """Why a term may have found nothing, and what to do."""
    held = absence.facts
    text = f"mailtracer: {safe(term)}: no such message in this store"
    if held.first_at is None or held.last_at is None:
        return f"{text}, which is empty: load logs with `mailtracer ingest`"
    text += (
        f". It holds {held.line_count:,} lines from {words.local(held.first_at)} to "
        f"{words.local(held.last_at)}"
    )
    if absence.alike:
        return f"{text}. Did you mean {safe(' or '.join(absence.alike))}?"
    if absence.named_by:
        return (
            f"{text}, and lines of {safe(', '.join(absence.named_by))} name it: trace that, or "
            "load the log of the host where it was"
        )
    return f"{text}; is the log of that time loaded?"


def _plain(shown: Path) -> Iterator[str]:
    """The path for a pipe: one fact a line, its kind first."""
    yield f"path\t{safe(shown.sentence)}"
    for fate in path_text.recipients(shown.recipients):
        yield f"recipient\t{fate}"
    for advice in path_text.advice(shown.recipients):
        yield f"advice\t{advice}"
    for message in shown.messages:
        yield from _message(message)
    if not shown.messages:
        for given in shown.verdicts:
            yield f"verdict\t{path_text.verdict(given)}"
    for line in shown.lines:
        yield f"line{words.INFERRED if line.is_inferred else ''}\t{_line(line)}"


def _line(line: Line) -> str:
    return f"{safe(line.path)}:{line.offset}\t{safe(line.text)}"


def _message(message: MessageTrace) -> Iterator[str]:
    yield f"message\t{words.heading(message)}"
    yield f"state\t{message.outcome.state}\t{safe(message.outcome.sentence)}"
    for label, value in words.facts(message):
        yield f"{label}\t{value}"
    for given in message.verdicts:
        yield f"verdict\t{words.verdict(given)}"
    for delivery in message.deliveries:
        fields = (
            words.local(delivery.occurred_at),
            words.address(delivery.recipient, delivery.original_recipient),
            delivery.status,
            delivery.dsn,
            delivery.relay,
            words.seconds(delivery.delay_seconds),
            words.delays(delivery),
            delivery.reply,
        )
        yield "\t".join(["delivery", *(safe(field or "-") for field in fields)])
    for other in message.relations:
        yield f"related\t{words.relation(other)}"
