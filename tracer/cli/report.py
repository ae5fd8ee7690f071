"""`mailtracer report`: what a day's mail added up to, printed, shown in the browser, or mailed.

docs/report.md describes it; the output of `--format json` is a contract.
"""

import argparse
import importlib
import sys
import tempfile
import webbrowser
from argparse import ArgumentTypeError
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tracer.cli.settings import add_reports
from tracer.cli.terminal import safe
from tracer.errors import TracerError
from tracer.reports import days
from tracer.reports.model import Report, Request
from tracer.reports.settings import ADDRESS, DOMAIN
from tracer.sources.zones import checked_zone
from tracer.store import open_appender, open_reader
from tracer.store.reading import OwnerGoneError

if TYPE_CHECKING:
    from tracer.reports.schedule import Desk
    from tracer.store.reports import Claim, Settled

_FORMATS = ("text", "html", "json", "markdown")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_reports(parser)
    parser.add_argument(
        "-d",
        "--day",
        type=days.checked,
        default="yesterday",
        metavar="DAY",
        help="today, yesterday (default), a day (2026-03-02), a month (2026-03), or FROM..TO",
    )
    parser.add_argument(
        "--zone",
        type=checked_zone,
        metavar="NAME",
        help="time zone of the days (default: the configuration's, else this machine's)",
    )
    parser.add_argument(
        "--detail",
        type=_from_zero,
        default=10,
        metavar="N",
        help="rows of a table at most; 0 leaves out all details (default: 10)",
    )
    parser.add_argument(
        "--host", action="append", default=[], metavar="NAME", help="of this host; repeatable"
    )
    parser.add_argument(
        "--domain",
        action="append",
        type=_domain,
        default=[],
        metavar="NAME",
        help="only mail from or to addresses of this domain; repeatable",
    )
    parser.add_argument(
        "--problems-only", action="store_true", help="leave out what is as it should be"
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--format", choices=_FORMATS, default="text", help="how it is printed (default: text)"
    )
    what.add_argument("--preview", action="store_true", help="open it in the browser")
    what.add_argument(
        "--send", action="store_true", help="mail it to --to, as [mail] in the configuration says"
    )
    what.add_argument(
        "--due",
        action="store_true",
        help="mail those [[report]]s of the configuration that are due and were not sent yet",
    )
    parser.add_argument(
        "--to",
        action="append",
        type=_address,
        default=[],
        metavar="ADDRESS",
        help="for --send; repeatable",
    )


def run(args: argparse.Namespace) -> int:
    """Print, show or send it; 1 if there are no lines of these days, or a mail could not leave."""
    if args.send and not args.to:
        raise TracerError("--send needs at least one --to ADDRESS")
    if args.to and not args.send:
        raise TracerError("--to goes with --send; recipients of --due stand in the configuration")
    if args.due:
        return _send_due(args)
    now = datetime.now(UTC)
    try:
        chosen = days.parsed(args.day, days.today(now, args.zone), args.zone)
    except ArgumentTypeError as error:
        raise TracerError(f"-d: {error}") from error
    request = Request(
        chosen,
        tuple(args.host),
        tuple(args.domain),
        args.detail,
        args.problems_only,
    )
    from tracer.reports import build

    with open_reader(args.db) as reader:
        report = build.report(reader, request, now.replace(tzinfo=None))
    if args.send:
        _send(report, args)
    elif args.preview:
        _preview(report)
    else:
        sys.stdout.write(importlib.import_module(f"tracer.reports.as_{args.format}").render(report))
    if not report.line_count:
        print(f"mailtracer: {report.headline}", file=sys.stderr)
    return 0 if report.line_count else 1


def _send(report: Report, args: argparse.Namespace) -> None:
    from email.utils import make_msgid

    from tracer.reports import message, sending

    sender = args.mail.from_address
    identity = make_msgid("mailtracer", sender.rpartition("@")[2])
    refused = sending.send(message.compose(report, sender, args.to, identity), args.mail)
    note = f", {safe(refused)}" if refused else ""
    print(f"mailtracer: sent to {', '.join(args.to)}{note}", file=sys.stderr)


def _preview(report: Report) -> None:
    from tracer.reports import as_html

    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", prefix="mailtracer-report-", suffix=".html", delete=False
    ) as file:
        file.write(as_html.render(report))
    print(file.name)
    if not webbrowser.open(Path(file.name).as_uri()):
        print("mailtracer: there is no browser: open the file yourself", file=sys.stderr)


def _send_due(args: argparse.Namespace) -> int:
    from tracer.reports.schedule import Plan, send_due

    if not args.reports:
        raise TracerError("there is no [[report]] in the configuration: docs/report.md says how")

    def tell(line: str) -> None:
        print(f"mailtracer: {line}", file=sys.stderr, flush=True)

    plan = Plan(args.reports, args.zone, args.mail)
    with open_appender(args.db) as desk, open_reader(args.db) as reader:
        lasting = _LastingDesk(desk, args.db)
        return 0 if send_due(plan, reader, lasting, datetime.now(UTC), tell) else 1


class _LastingDesk:
    """Keeps what was sent also where the store's owner, a command as short, has ended meanwhile."""

    def __init__(self, desk: "Desk", db: str) -> None:
        self._desk, self._db = desk, db

    def claim_report(self, wanted: "Claim") -> "Claim | None":
        return self._desk.claim_report(wanted)

    def settle_report(self, done: "Settled") -> None:
        try:
            self._desk.settle_report(done)
        except OwnerGoneError:
            with open_appender(self._db) as desk:
                desk.settle_report(done)


def _address(text: str) -> str:
    if not ADDRESS.fullmatch(text):
        raise ArgumentTypeError(f"{text!r} is no mail address")
    return text


def _domain(text: str) -> str:
    if not DOMAIN.fullmatch(text):
        raise ArgumentTypeError(f"{text!r} is no domain: name what stands after the @ of addresses")
    return text.lower()


def _from_zero(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ArgumentTypeError(f"{text!r} is no whole number from 0")
    return int(text)
