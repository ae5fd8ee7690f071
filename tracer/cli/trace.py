"""`mailtracer trace`: show what became of messages, with every line that proves it.

The output is described in docs/trace.md; that of `--json` is a contract.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

from tracer.cli import message_text as words
from tracer.cli.arguments import positive
from tracer.cli.terminal import safe
from tracer.queries import trace
from tracer.queries.trace import Absence, Found, MessageTrace
from tracer.store import open_reader


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "terms",
        nargs="+",
        metavar="QUEUE-ID",
        help="a queue id as the log has it; or a Message-ID, or an address of the envelope",
    )
    parser.add_argument(
        "--limit",
        type=positive,
        default=trace.MOST_MESSAGES,
        metavar="N",
        help=f"show the latest N messages of each (default: {trace.MOST_MESSAGES})",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object a message")


def run(args: argparse.Namespace) -> int:
    """Print the messages; 1 if a term found none."""
    with open_reader(args.db) as reader:
        found = trace.find(reader, args.terms, limit=args.limit)
        messages = [message for f in found for message in f.messages]
        if args.json:
            for message in messages:
                print(json.dumps(_as_object(message)))
        elif sys.stdout.isatty():
            from tracer.cli.trace_screen import show

            show(messages)
        elif messages:
            print("\n\n".join("\n".join(_plain(message)) for message in messages))
        for f in found:
            if f.is_cut:
                print(_cut(f), file=sys.stderr)
            if not f.messages:
                print(_absent(f.term, trace.explain_absence(reader, f.term)), file=sys.stderr)
    return 0 if all(f.messages for f in found) else 1


def _cut(found: Found) -> str:
    return (
        f"mailtracer: {safe(found.term)}: only the latest {len(found.messages)} messages are "
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


def _plain(message: MessageTrace) -> Iterator[str]:
    """The message for a pipe: one fact a line, its kind first."""
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
    for line in message.lines:
        mark = words.INFERRED if line.is_inferred else ""
        yield f"line{mark}\t{safe(line.path)}:{line.offset}\t{safe(line.text)}"


def _as_object(message: MessageTrace) -> dict[str, object]:
    """The message as docs/trace.md describes it."""
    made = asdict(message)
    made |= made.pop("outcome")
    for line, as_made in zip(message.lines, made["lines"], strict=True):
        as_made["is_inferred"] = line.is_inferred
    stamped: dict[str, object] = _with_stamps(made)
    return stamped


def _with_stamps(value: Any) -> Any:
    """Times as texts in UTC, wherever they are."""
    match value:
        case datetime():
            return f"{value.isoformat()}Z"
        case dict():
            return {name: _with_stamps(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_with_stamps(inner) for inner in value]
    return value
