"""Write a mail log of any length, and the truth about it.

    python -m benchmarks.generate --lines 1000000 --seed 1 mail.log

writes `mail.log` and `mail.log.truth.json`. The same arguments give the same bytes. The file's
modification time is that of its last line, as a log's is, so that stamps without a year are
dated right.
"""

import argparse
import json
import math
import os
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from benchmarks.hosts import SECOND, Line, Log
from benchmarks.mailserver import MailServer

MIX = {  # how often each situation begins, against the others
    MailServer.inbound: 22,
    MailServer.inbound_unfiltered: 5,
    MailServer.submission_to_relay: 6,
    MailServer.submission_to_world: 8,
    MailServer.deferral: 2,
    MailServer.bounce: 1,
    MailServer.forward: 2,
    MailServer.virus: 0.5,
    MailServer.refusal: 52,
    MailServer.postscreen: 20,
    MailServer.greylisting: 2,
    MailServer.reading: 12,
    MailServer.password_guessing: 4,
    MailServer.hanging_up: 4,
}
LINES_PER_SITUATION = 12.2  # of this mix, measured
START = datetime(2026, 11, 2, tzinfo=UTC)
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def busyness(at: int) -> float:
    """How busy the hour is against the mean: quiet before dawn, busy in the afternoon."""
    return 1 + 0.7 * math.sin(2 * math.pi * (at / SECOND / 3600 - 9) / 24)


def traffic(
    seed: int, start: int, rate: float, *, long_ids: bool = False, reuse: float = 0.002
) -> Iterator[Line]:
    """Lines without end, in the order of time. rate: situations a second, over a day's mean."""
    log = Log()
    server = MailServer(seed, log, long_ids=long_ids, reuse=reuse)
    situations, weights = list(MIX), list(MIX.values())
    at = start
    while True:
        at += int(server.rng.expovariate(rate * busyness(at)) * SECOND)
        yield from log.until(at)
        server.rng.choices(situations, weights)[0](server, at)


class Stamps:
    """Writes times as syslog does; remembers the last second, since most lines share it."""

    def __init__(self, *, iso: bool) -> None:
        self._iso = iso
        self._second = -1
        self._text = ""

    def text(self, at: int) -> str:
        """`Nov  2 03:04:05`, or RFC 3339 with microseconds."""
        second = at // SECOND
        if second != self._second:
            self._second, when = second, datetime.fromtimestamp(second, UTC)
            self._text = (
                f"{when:%Y-%m-%dT%H:%M:%S}"
                if self._iso
                else f"{MONTHS[when.month - 1]} {when.day:2} {when:%H:%M:%S}"
            )
        return f"{self._text}.{at % SECOND:06}+00:00" if self._iso else self._text


def generate(
    path: Path,
    lines: int,
    *,
    seed: int = 1,
    hours: float = 24,
    iso: bool = False,
    long_ids: bool = False,
) -> dict[str, object]:
    """Write the log and its truth; gives the truth."""
    rate = lines / LINES_PER_SITUATION / (hours * 3600)
    start = int(START.timestamp()) * SECOND
    stamps, truth = Stamps(iso=iso), Counter[str]()
    first_at = at = start
    with path.open("w", encoding="ascii", buffering=1 << 20) as file:
        source = traffic(seed, start, rate, long_ids=long_ids)
        for number, (at, host, tag, body, tallies) in enumerate(islice(source, lines)):
            file.write(f"{stamps.text(at)} {host} {tag}: {body}\n")
            truth.update(tallies)
            first_at = first_at if number else at
    os.utime(path, ns=(at * 1000, at * 1000))
    summary: dict[str, object] = {
        "lines": lines,
        "bytes": path.stat().st_size,
        "seed": seed,
        "first_at": f"{datetime.fromtimestamp(first_at // SECOND, UTC):%Y-%m-%dT%H:%M:%SZ}",
        "last_at": f"{datetime.fromtimestamp(at // SECOND, UTC):%Y-%m-%dT%H:%M:%SZ}",
        "events": {name: truth[name] for name in sorted(truth) if "." in name},
        "counts": {name: truth[name] for name in sorted(truth) if "." not in name},
    }
    truth_path(path).write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    return summary


def truth_path(log: Path) -> Path:
    """Where the truth about a log is."""
    return log.with_name(log.name + ".truth.json")


def main(argv: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Write a mail log of any length.")
    parser.add_argument("path", type=Path)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--hours", type=float, default=24, help="the span of time (default: 24)")
    parser.add_argument("--iso", action="store_true", help="RFC 3339 stamps")
    parser.add_argument("--long-ids", action="store_true", help="long queue ids")
    args = parser.parse_args(argv)
    truth = generate(
        args.path,
        args.lines,
        seed=args.seed,
        hours=args.hours,
        iso=args.iso,
        long_ids=args.long_ids,
    )
    print(json.dumps(truth["counts"], indent=2), file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
