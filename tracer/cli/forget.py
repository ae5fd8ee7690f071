"""`mailtracer forget`: remove lines that are older than a day, and what is derived from them."""

import argparse
import json
import sys
from argparse import ArgumentTypeError
from contextlib import suppress
from datetime import UTC, datetime

from tracer.cli.progress import bars
from tracer.cli.settings import add_retention
from tracer.errors import TracerError
from tracer.queries.retention import Kept, kept, older
from tracer.reports import days
from tracer.retention.removal import MOST_LINES, remove
from tracer.retention.schedule import Retention
from tracer.sources.zones import checked_zone
from tracer.store import open_appender, open_reader


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_retention(parser)
    parser.add_argument(
        "--before",
        metavar="DAY",
        type=_checked_day,
        help="the first day that is kept, such as 2026-03-02 (default: as keep_days of the "
        "configuration says)",
    )
    parser.add_argument(
        "--zone",
        metavar="NAME",
        type=checked_zone,
        help="time zone of that day (default: the configuration's, else this machine's)",
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would be removed, only")
    parser.add_argument("--yes", action="store_true", help="do not ask back")
    parser.add_argument("--json", action="store_true", help="print the summary as a JSON object")
    parser.epilog = "docs/operations.md says what goes, and what stays."


def run(args: argparse.Namespace) -> int:
    """Remove them; 1 where there are none, or nobody confirmed it."""
    with open_reader(args.db) as reader:
        held = kept(reader)
        before = _before(args, held)
        count = sum(part.line_count for part in older(reader, before, MOST_LINES))
        day = _day(before, args.zone)
        if not count:
            first = f": the first is of {_day(held.first_at, args.zone)}" if held.first_at else ""
            _say(f"no line is older than {day}{first}")
        else:
            _say(
                f"{count:,} lines of {_day(held.first_at or before, args.zone)} to before {day} "
                f"{'would go' if args.dry_run else 'go'}, {held.line_count - count:,} stay; "
                "counts by time, reports and insights stay, too"
            )
        removed = 0
        if count and not args.dry_run and _confirmed(args, count):
            with open_appender(args.db) as desk, bars() as progress:
                task = progress.add_task("removing", total=count)
                removed = remove(
                    reader, desk, before, lambda lines: progress.update(task, completed=lines)
                )
            _say(f"removed {removed:,} lines")
        if args.json:
            since = before.replace(tzinfo=UTC).isoformat()
            print(json.dumps({"before": since, "older": count, "removed": removed}))
    return 0 if removed or (count and args.dry_run) else 1


def _before(args: argparse.Namespace, held: Kept) -> datetime:
    """The time before which lines are to go, naive UTC."""
    now = datetime.now(UTC)
    if args.before is None:
        if args.keep_days is None:
            raise TracerError(
                "say which day is the first to be kept, --before 2026-03-02, or set keep_days in "
                "the configuration: docs/operations.md says how"
            )
        boundary = Retention(args.keep_days, args.zone).boundary(held, now)
        return boundary or now.replace(tzinfo=None)  # no line has a time
    first = days.parsed(args.before, days.today(now, args.zone), args.zone).span.start
    if first.replace(tzinfo=UTC) > now:
        raise TracerError(f"--before {args.before}: that day is to come; name one that has begun")
    return first


def _checked_day(text: str) -> str:
    try:
        if ".." not in text:
            return days.checked(text)
    except ArgumentTypeError as error:
        raise ArgumentTypeError(f"{text!r} is no day: name one such as 2026-03-02") from error
    raise ArgumentTypeError(f"{text}: name one day, the first that is kept")


def _confirmed(args: argparse.Namespace, count: int) -> bool:
    if args.yes:
        return True
    if not sys.stdin.isatty():
        raise TracerError(f"this would remove {count:,} lines: --yes says that it may")
    print("This cannot be undone. To remove them, type their number: ", end="", file=sys.stderr)
    sys.stderr.flush()
    with suppress(EOFError):
        if input().strip().replace(",", "") == str(count):
            return True
    _say("nothing was removed")
    return False


def _day(at: datetime, zone: str) -> str:
    return f"{days.today(at.replace(tzinfo=UTC), zone)}"


def _say(message: str) -> None:
    print(f"mailtracer: {message}", file=sys.stderr, flush=True)
