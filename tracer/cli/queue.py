"""`mailtracer queue`: what waits in the queue and why, and what is to be done about it.

Described in docs/queue.md; what `--json` prints is a contract.
"""

import argparse
import json
import os
import pwd
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import chain

from tracer.cli.arguments import positive
from tracer.cli.queue_text import age, age_heads, plain_group, plain_message
from tracer.cli.settings import add_parsing
from tracer.cli.terminal import safe
from tracer.errors import TracerError
from tracer.queries import queue as store_queue
from tracer.queries.queue import Known
from tracer.queue import actions, commands, filters, instances
from tracer.queue.actions import DONE, VERBS, Chosen, Request, Result
from tracer.queue.groups import Group, Summary, reason_advice, reason_title
from tracer.queue.instances import Instance
from tracer.queue.listing import Listing, Queued, captured, live
from tracer.queue.record import Actor
from tracer.store import open_reader

MOST_SHOWN = 1_000
_GROUPS = ("reason", "destination", "sender", "age")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "verb",
        choices=["list", "show", *VERBS, "flush"],
        metavar="VERB",
        help=f"list, show (envelope and header of messages), {', '.join(VERBS)}, or flush (try "
        "all mail now, or that for the domains named)",
    )
    parser.add_argument(
        "names",
        nargs="*",
        metavar="QUEUE-ID",
        help="the messages, right after the verb; for flush, destinations",
    )
    parser.add_argument("--filter", metavar="QUERY", help="the messages that fit: 'age:>1h to:bob'")
    parser.add_argument("--all", action="store_true", help="all messages that are in the queue now")
    parser.add_argument(
        "--by", choices=_GROUPS, help="with list: count messages by what they have in common"
    )
    parser.add_argument(
        "--limit",
        type=positive,
        default=MOST_SHOWN,
        metavar="N",
        help=f"with list: show the first N (default: {MOST_SHOWN})",
    )
    parser.add_argument(
        "--file",
        metavar="PATH",
        help="with list: a queue that `postqueue -j > PATH` wrote, here or elsewhere",
    )
    parser.add_argument(
        "--instance", metavar="NAME", help="of several Postfix instances here, not the primary one"
    )
    parser.add_argument(
        "--held", action="store_true", help="with expire: also messages on hold, which it releases"
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, and stop")
    parser.add_argument("--yes", action="store_true", help="do not ask back")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    add_parsing(parser)
    parser.epilog = "docs/queue.md describes it, and the language of --filter."


def run(args: argparse.Namespace) -> int:
    """List, show or act; 1 if nothing was found or something was not done."""
    _check(args)
    match args.verb:
        case "list":
            return _list(args)
        case "show":
            return _show(args)
        case "flush":
            return _flush(args)
        case _:
            return _act(args)


def _check(args: argparse.Namespace) -> None:
    """Raise TracerError for arguments that make no sense together."""
    verb = args.verb
    if verb != "list" and (args.file or args.by):
        raise TracerError("--file and --by go with list only: act on the host whose queue it is")
    if args.file and args.instance:
        raise TracerError("--file is of one instance already: leave --instance out")
    if args.held and verb != "expire":
        raise TracerError("--held goes with expire only")
    if verb == "flush":
        if args.filter or args.all:
            raise TracerError(
                "flush takes destinations, or nothing for all mail; deliver takes a --filter"
            )
        for name in args.names:
            if not commands.is_site(name):
                raise TracerError(f"{name} is no destination: name a domain")
        return
    for name in args.names:
        if not commands.is_queue_id(_id(name)):
            raise TracerError(f"{name} is no queue id: `mailtracer queue list` shows them")
    if verb == "show" and (args.filter or args.all or not args.names):
        raise TracerError("show takes queue ids")
    if verb in VERBS and (bool(args.names) + bool(args.filter) + args.all) != 1:
        raise TracerError(
            f"say what to {verb}: queue ids, or --filter QUERY, or --all (one of them)"
        )


def _id(name: str) -> str:
    """A queue id as mailq shows it, which may end in a mark of its queue."""
    return name.rstrip("*!:")


# -- list and show --------------------------------------------------------------------------------


def _list(args: argparse.Namespace) -> int:
    now = _now()
    instance = None if args.file else instances.chosen(args.instance)
    listing = captured(args.file) if instance is None else live(instance.directory)
    summary = Summary(now)
    shown: list[Queued] = []
    for message in _meant(args, listing, now):
        summary.add(message)
        if len(shown) < args.limit:
            shown.append(message)
    for warning in listing.warnings:
        _say(warning)
    if args.by:
        _print_groups(args, summary)
    else:
        known = _known(args, shown, instance)
        if args.json:
            for message in shown:
                print(json.dumps(_as_object(message, known.get(message.queue_id), now)))
        elif sys.stdout.isatty():
            from tracer.cli.queue_screen import show

            show(shown, summary, now)
        else:
            for message in shown:
                print(plain_message(message, now))
        if summary.count > len(shown):
            _say(f"these are the first {len(shown):,} of {summary.count:,}; --limit N shows more")
    if not summary.count:
        _say("no message in the queue" + (" fits" if args.filter or args.names else ""))
    return int(not summary.count)


def _print_groups(args: argparse.Namespace, summary: Summary) -> None:
    if args.by == "age":
        if not args.json:
            print(age_heads())
        for name, counts in summary.ages[: args.limit]:
            if args.json:
                print(json.dumps({"destination": name, "counts": counts}))
            else:
                print("\t".join(map(str, (safe(name) or "-", sum(counts), *counts))))
        return
    groups: dict[str, list[Group]] = {
        "reason": summary.reasons,
        "destination": summary.destinations,
        "sender": summary.senders,
    }
    for group in groups[args.by][: args.limit]:
        title = reason_title(group.name) if args.by == "reason" else group.name
        if args.json:
            made = {**asdict(group), "oldest_at": f"{group.oldest_at.isoformat()}Z"}
            if args.by == "reason":
                made |= {"title": title, "advice": reason_advice(group.name)}
            print(json.dumps(made))
        else:
            print(plain_group(group, title, summary.now))


def _show(args: argparse.Namespace) -> int:
    instance = instances.chosen(args.instance)
    queue_ids = dict.fromkeys(map(_id, args.names))
    hosts: dict[str, str] = {}
    if os.path.exists(args.db):
        with open_reader(args.db) as reader:
            for queue_id in queue_ids:
                if host := store_queue.host_of(reader, queue_id, instance.logged_as):
                    hosts[queue_id] = host
    request = Request("show", _actor(), hosts=hosts, instance=instance)
    failed = False
    for queue_id in queue_ids:
        result, text = actions.show(args.db, request, queue_id, shapes=args.shapes, remark=_say)
        if result.status != DONE:
            _say(f"{queue_id}: {result.words}")
            failed = True
        elif args.json:
            print(json.dumps({"queue_id": queue_id, "text": text}))
        else:
            print("\n".join(safe(line.expandtabs()) for line in text.rstrip("\n").split("\n")))
    return int(failed)


# -- act ------------------------------------------------------------------------------------------


def _act(args: argparse.Namespace) -> int:
    now = _now()
    instance = instances.chosen(args.instance)
    listing = live(instance.directory)
    chosen: dict[str, Queued] = {m.queue_id: m for m in _meant(args, listing, now)}
    absent = [_id(n) for n in dict.fromkeys(args.names) if _id(n) not in chosen]
    for queue_id in absent:
        _say(f"{queue_id}: is not in the queue")
    if not chosen:
        if not args.names:
            _say("no message in the queue" + (" fits" if args.filter else ""))
        return 1
    if args.dry_run:
        results = [_planned(args, message) for message in chosen.values()]
        _print_results(args, "would be done", results)
        return 0
    if not _confirmed(args, list(chosen.values())):
        _say("nothing was done")
        return 1
    known = _known(args, chosen.values(), instance)
    hosts = {queue_id: k.host for queue_id, k in known.items() if k.host}
    meant = args.filter or ("all" * args.all)
    request = Request(args.verb, _actor(), meant, hosts, instance, args.held)
    results = actions.perform(
        args.db, request, [Chosen.of(m) for m in chosen.values()], shapes=args.shapes, remark=_say
    )
    _print_results(args, DONE, results)
    return int(bool(absent) or any(result.status != DONE for result in results))


def _planned(args: argparse.Namespace, message: Queued) -> Result:
    why = actions.why_idle(args.verb, message, releases=args.held)
    return Result(message.queue_id, actions.LEFT if why else "planned", why or args.verb)


def _flush(args: argparse.Namespace) -> int:
    sites = args.names or [None]
    if args.dry_run:
        planned = [Result(site or "the queue", "planned", "flush") for site in sites]
        _print_results(args, "would be done", planned)
        return 0
    instance = instances.chosen(args.instance)
    results = [
        actions.flush(args.db, _actor(), site, instance=instance, shapes=args.shapes, remark=_say)
        for site in sites
    ]
    _print_results(args, DONE, results)
    return int(any(result.status != DONE for result in results))


def _confirmed(args: argparse.Namespace, messages: Sequence[Queued]) -> bool:
    """Whether the user means it: asked where it cannot be undone, or ids were not named."""
    count = len(messages)
    if args.yes or (args.names and args.verb != "delete"):
        return True
    if not sys.stdin.isatty():
        raise TracerError(f"this would {args.verb} {count:,} messages: --yes says that it may")
    oldest = min(message.arrived_at for message in messages)
    _say(f"{args.verb}: {VERBS[args.verb]}")
    _say(f"{count:,} messages, the oldest {age(_now() - oldest)} old")
    if args.verb == "delete" or args.all:
        return _asked(f"To {args.verb} them, type their number: ").replace(",", "") == str(count)
    return _asked(f"{args.verb.capitalize()} them? [y/N] ").lower() in ("y", "yes")


def _asked(question: str) -> str:
    print(question, end="", file=sys.stderr, flush=True)
    with suppress(EOFError):
        return input().strip()
    return ""


def _print_results(args: argparse.Namespace, good: str, results: Iterable[Result]) -> None:
    counted: dict[str, int] = {}
    for result in results:
        counted[result.status] = counted.get(result.status, 0) + 1
        if args.json:
            print(json.dumps({"verb": args.verb, **asdict(result)}))
        else:
            print("\t".join(map(safe, (result.subject, result.status, result.words))))
    if not args.json and sum(counted.values()) > 1:
        counts = {good if name in ("planned", DONE) else name: n for name, n in counted.items()}
        _say(", ".join(f"{n:,} {name}" for name, n in counts.items()))


def _actor() -> Actor:
    """Whoever typed it: behind sudo, the user who called that."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        name = str(os.getuid())
    if os.getuid() == 0:
        name = os.environ.get("SUDO_USER") or name
    address = os.environ.get("SSH_CONNECTION", "").partition(" ")[0]
    return Actor(name, "cli", address or None)


# -- both -----------------------------------------------------------------------------------------


def _meant(args: argparse.Namespace, listing: Listing, now: datetime) -> Iterator[Queued]:
    """The messages that are named or fit the filter; all where neither is given."""
    if args.filter:
        wanted = filters.parse(args.filter, now)  # before anything is read
        messages: Iterator[Queued] = (m for m in listing if wanted.fits(m))
    else:
        messages = iter(listing)
    if args.names:
        names = {_id(name) for name in args.names}
        messages = (m for m in messages if m.queue_id in names)
    return messages


def _known(
    args: argparse.Namespace, messages: Iterable[Queued], instance: Instance | None
) -> Mapping[str, Known]:
    """What the store knows of messages; nothing where there is no store."""
    first = next(each := iter(messages), None)
    if first is None or not os.path.exists(args.db):
        return {}
    with open_reader(args.db) as reader:
        return store_queue.known(
            reader, chain([first], each), instance.logged_as if instance else None
        )


def _as_object(message: Queued, known: Known | None, now: datetime) -> dict[str, object]:
    """The message as docs/queue.md describes it."""
    made: dict[str, object] = {
        **asdict(message),
        "arrived_at": f"{message.arrived_at.isoformat()}Z",
        "age_seconds": int((now - message.arrived_at).total_seconds()),
        "known": None,
    }
    if known:
        made["known"] = {**asdict(known), "last_at": f"{known.last_at.isoformat()}Z"}
    return made


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _say(text: str) -> None:
    print(f"mailtracer: {safe(text)}", file=sys.stderr)
