"""How long do the commonest questions take? A hundred of them, asked of one store.

    python -m benchmarks.questions STORE [--rounds N] [--each]

What to ask about (queue ids, Message-IDs, addresses, domains) is taken from the store: spread over
its messages, so that it is no page that was just read. Times are of a reader in this process,
files cached, without the start of an interpreter; of each question the median of its rounds. On a
busy machine the CPU time tells more: that of all threads.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import NamedTuple

from tracer.queries import (
    attempts,
    logins,
    lookup,
    metrics,
    overview,
    path,
    reasons,
    refusals,
    search,
    spam,
    system,
)
from tracer.queries.attempts import Choice
from tracer.queries.overview import Range
from tracer.queries.questions import QUESTIONS
from tracer.queries.search_language import parse
from tracer.reports import build
from tracer.reports.days import Days
from tracer.reports.model import Request
from tracer.store import Reader, open_reader

_OF_EACH_KIND = 6
_SLOW_QUERY_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, of which kind it is, and what asks it."""

    kind: str
    text: str
    ask: Callable[[], object]


def taken(reader: Reader, expression: str, table: str, where: str = "true") -> list[str]:
    """Some different values, spread over a table."""
    rows = reader.query(f"""
        SELECT value FROM (
            SELECT DISTINCT {expression} AS value FROM {table} WHERE {where}
        )
        ORDER BY hash(value) LIMIT {_OF_EACH_KIND}
    """).to_pylist()
    return [row["value"] for row in rows]


def questions(reader: Reader) -> Iterator[Question]:
    """All of them."""
    facts = overview.facts(reader)
    if facts.first_at is None or facts.last_at is None:
        sys.exit("the store is empty: load a log first")
    now = facts.last_at.replace(tzinfo=UTC)
    last = facts.last_at + timedelta(seconds=1)
    queue_ids = taken(reader, "queue_id", "messages")
    message_ids = taken(reader, "message_id", "messages", "message_id NOT IN ('', '<>')")
    senders = taken(reader, "envelope_sender", "messages", "envelope_sender <> ''")
    recipients = taken(reader, "recipient", "refusals", "recipient IS NOT NULL")
    domains = taken(reader, "domain", "attempts", "domain <> ''")
    for kind, terms in ("a queue id", queue_ids), ("a Message-ID", message_ids):
        for term in terms:
            yield Question(f"trace {kind}", term, partial(path.find, reader, [term], limit=10))
    for term in senders:
        yield Question("trace an address", term, partial(path.find, reader, [term], limit=10))
    for kind, terms in ("a sender", senders), ("a recipient", recipients):
        for term in terms:
            yield Question(
                f"look {kind} up", term, partial(lookup.find, reader, term, now, None, None)
            )
    searched = [
        *(f"from:{sender}" for sender in senders[:3]),
        *(f"to:{recipient}" for recipient in recipients[:3]),
        *(f"to:{domain}" for domain in domains[:3]),
        "status:deferred", "status:bounced", "class:greylisted", "class:user_unknown",
        "status:rejected after:1d", "size:>1M after:1d", "status:deferred NOT class:greylisted",
    ]  # fmt: skip
    for text in searched:
        query = parse(text)
        yield Question("search", text, partial(search.find, reader, query, now, limit=100))
    for name, width in ("an hour", 1 / 24), ("a day", 1), ("a week", 7), ("30 days", 30):
        span = Range(last - timedelta(days=width), last)
        yield from _pages(reader, name, span)
    for text, sql in QUESTIONS.items():
        ask = partial(reader.query, sql, timeout_seconds=_SLOW_QUERY_SECONDS)
        yield Question("SQL, the twenty of docs/schema.md", text, ask)
    day = facts.last_at.date()
    request = Request(Days(day, day, "UTC"))
    yield Question("report of a day", str(day), partial(build.report, reader, request, last))
    yield Question("metrics", "a scrape", partial(metrics.sums, reader, last))
    yield Question("pages, any range", "streams", partial(system.streams, reader))
    yield Question("pages, any range", "what waits", partial(overview.waiting, reader))
    yield Question("pages, any range", "what is held", partial(overview.facts, reader))


def _pages(reader: Reader, name: str, span: Range) -> Iterator[Question]:
    asked: dict[str, Callable[[], object]] = {
        "totals": partial(overview.totals, reader, span),
        "series": partial(overview.series, reader, span),
        "latest messages": partial(overview.latest_messages, reader, span),
        "why refused": partial(reasons.of_rejections, reader, span),
        "why not delivered": partial(reasons.of_failures, reader, span),
        "rejections": partial(refusals.refused, reader, span),
        "delivery": partial(attempts.attempted, reader, Choice(span)),
        "spam": partial(spam.scanned, reader, span),
        "what became of spam": partial(spam.handled, reader, span),
        "SPF, DKIM, DMARC": partial(spam.vouched, reader, span),
        "logins": partial(logins.logged_in, reader, span),
    }
    for text, ask in asked.items():
        yield Question(f"pages, {name}", text, ask)


class Took(NamedTuple):
    """Seconds: by the clock, and of CPU."""

    wall: float
    cpu: float


def took(ask: Callable[[], object], rounds: int) -> Took:
    """The medians of some rounds."""
    found = []
    for _ in range(rounds):
        wall, cpu = time.perf_counter(), time.process_time()
        ask()
        found.append((time.perf_counter() - wall, time.process_time() - cpu))
    return Took(*map(median, zip(*found, strict=True)))


def main() -> int:
    """Print one row a kind of question, or one a question."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", 1)[0])
    parser.add_argument("store", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--each", action="store_true", help="a row for each question, too")
    args = parser.parse_args()
    found: dict[str, list[Took]] = {}
    with open_reader(args.store) as reader:
        for question in questions(reader):
            times = took(question.ask, args.rounds)
            found.setdefault(question.kind, []).append(times)
            if args.each:
                wall, cpu = times
                print(f"{question.kind:<35} {wall:8.3f} {cpu:8.3f}  {question.text}", flush=True)
    everything = [times for kind in found.values() for times in kind]
    titles = ("median", "slowest", "CPU", "most CPU")
    print(f"{'seconds':<35} {'number':>6}", *(f"{title:>8}" for title in titles))
    for kind, asked in {**found, "all": everything}.items():
        numbers = [each(times) for times in zip(*asked, strict=True) for each in (median, max)]
        print(f"{kind:<35} {len(asked):>6}", *(f"{number:8.3f}" for number in numbers))
    return 0


if __name__ == "__main__":
    sys.exit(main())
