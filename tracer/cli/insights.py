"""`mailtracer insights`: what is wrong, since when, what proves it and what to do.

docs/insights.md describes it; the output of `--json` is a contract.
"""

import argparse
import json
import os
import shlex
import sys
from datetime import UTC, datetime
from getpass import getuser
from pathlib import Path
from zoneinfo import ZoneInfo

from tracer.cli.settings import add_reports
from tracer.cli.terminal import safe
from tracer.errors import TracerError
from tracer.insights.model import Insight
from tracer.insights.schedule import InsightPlan
from tracer.queries.insights import LINES_REMOVED, all_insights, evidence, open_insights
from tracer.sources.zones import checked_zone
from tracer.store import Reader, open_appender, open_reader, wire


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_reports(parser)
    parser.add_argument("--all", action="store_true", help="also what is over, the latest first")
    parser.add_argument(
        "--explain", action="store_true", help="with the lines that prove it, and what to do"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object an insight")
    parser.add_argument(
        "--zone",
        type=checked_zone,
        metavar="NAME",
        help="time zone of times shown (default: the configuration's, else this machine's)",
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--ack",
        action="append",
        type=int,
        default=[],
        metavar="ID",
        help="note that you have seen it: nobody is told of it any more; repeatable",
    )
    what.add_argument(
        "--send", action="store_true", help="tell whom the configuration names, as the watcher does"
    )


def run(args: argparse.Namespace) -> int:
    """Look and list; 1 where something is wrong that nobody has acknowledged, or was not sent."""
    fine = True
    with open_reader(args.db) as reader:
        if args.send and not args.insights.has_routes:
            raise TracerError(
                "[insights] in the configuration names nobody to tell: docs/insights.md says how"
            )
        if args.ack:
            _acknowledge(args.db, args.ack)
        elif args.send or not wire.answers(wire.socket_path(_store(args.db))):
            fine = _look(args, reader)
        shown = all_insights(reader) if args.all else open_insights(reader)
        zone = ZoneInfo(args.zone)
        for insight in shown:
            if args.json:
                from tracer.insights.notice import insight_json

                print(json.dumps(insight_json(insight)))
            else:
                _print(insight, zone)
                if args.explain:
                    _explain(reader, insight)
        if not shown:
            print("mailtracer: nothing is wrong, as far as the logs tell", file=sys.stderr)
    is_new = any(each.ended_at is None and each.acknowledged_at is None for each in shown)
    return 1 if is_new or not fine else 0


def _look(args: argparse.Namespace, reader: Reader) -> bool:
    """Bring the insights up to date where no watcher does."""
    from tracer.cli.reporting import look
    from tracer.insights.settings import InsightSettings

    if not os.access(_store(args.db), os.W_OK):
        print(
            "mailtracer: you may not write the store: this is as of the last look", file=sys.stderr
        )
        return True
    settings = args.insights
    if not args.send:
        settings = InsightSettings(off=settings.off, least=settings.least)
    plan = InsightPlan(settings, args.zone, args.mail)

    def say(line: str) -> None:
        print(f"mailtracer: {line}", file=sys.stderr, flush=True)

    with open_appender(args.db) as desk:
        return look(plan, reader, desk, datetime.now(UTC), say, is_idle=False)


def _acknowledge(db: str, ids: list[int]) -> None:
    with open_appender(db) as desk:
        for number in ids:
            request = {
                "do": "acknowledge",
                "insight_id": number,
                "by": getuser(),
                "at": datetime.now(UTC).replace(tzinfo=None).isoformat(),
            }
            if not desk.change_insights(request):
                raise TracerError(
                    f"no insight {number} is open and waits to be seen: "
                    "`mailtracer insights` lists them"
                )


def _print(insight: Insight, zone: ZoneInfo) -> None:
    if insight.ended_at:
        state = f"over since {_time(insight.ended_at, zone)}"
    elif insight.acknowledged_by:
        state = f"seen by {safe(insight.acknowledged_by)}"
    else:
        state = insight.severity
    print(f"{insight.insight_id}  {_time(insight.opened_at, zone)}  {state}: {safe(insight.text)}")


def _explain(reader: Reader, insight: Insight) -> None:
    print(f"    What to do: {insight.advice}")
    if insight.search:  # to be copied to a shell, whatever strangers chose in it
        print(f"    Messages: mailtracer search -- {shlex.quote(safe(insight.search))}")
    lines = evidence(reader, insight)
    for line in lines:
        print(f"    | {safe(line.text)}")
    if insight.positions and not lines:
        print(f"    {LINES_REMOVED}")
    print()


def _time(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.replace(tzinfo=UTC).astimezone(zone):%Y-%m-%d %H:%M}"


def _store(db: str) -> Path:
    return Path(db).resolve()
