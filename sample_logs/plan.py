"""What happens on the recorded day, and when: the only place that decides it.

Each line of `PLAN` is `day time[,time...] what`. A step is sent to the lab at once; the time
says at what o'clock the reader shall believe it happened. A scenario that waits between its
phases may be given one time a phase (`10:35,11:12`).
"""

import datetime
from dataclasses import dataclass

SUNDAY = datetime.date(2026, 3, 1)
MONDAY = datetime.date(2026, 3, 2)

PLAN = """
Sun 21:02  up
Sun 21:10  volume 10
Sun 21:40  run plain
Sun 22:20  volume 7
Sun 22:40  run odd_messages
Sun 23:05  volume 5
Sun 23:56  volume 3
Mon 00:02  volume 2
Mon 00:47  run sasl_failed
Mon 01:30  volume 2
Mon 02:20  run lost_connections
Mon 03:15  run local_app
Mon 04:05  volume 2
Mon 04:30  run postscreen
Mon 05:20  volume 3
Mon 06:10  run greylist
Mon 06:40  volume 4
Mon 07:15  volume 6
Mon 07:45,07:52,07:53,07:58  run imap_pop
Mon 08:05  run submission
Mon 08:30  volume 10
Mon 08:50  run plain,multi_rcpt
Mon 09:10  volume 12
Mon 09:30  run spam
Mon 09:45  run aliases
Mon 10:05  run virtual,duplicates
Mon 10:20  volume 12
Mon 10:35,11:12,11:14  run defer_then_deliver
Mon 11:20,11:27  run spf,dkim_bad
Mon 11:40  volume 10
Mon 11:55  run sieve
Mon 12:10  run rejects
Mon 12:30  volume 6
Mon 12:50  run quota
Mon 13:05  run virus
Mon 13:20  volume 8
Mon 13:40,13:42,14:20,14:22  run delay_warning
Mon 14:30  run header_body_checks
Mon 14:45  run access_actions
Mon 15:00  volume 12
Mon 15:15  run inbound_hops
Mon 15:30  run remote_rejects,dns_troubles
Mon 16:20  volume 10
Mon 16:35,16:58,17:01  run postsuper
Mon 17:10  run null_sender,loops
Mon 17:25,17:27,17:28,17:50,17:55  run expired
Mon 18:05  volume 8
Mon 18:20,18:26  run verify
Mon 18:40  run one_session_many,tools
Mon 19:05  run limits
Mon 19:30  volume 6
Mon 20:10  volume 6
Mon 20:30  run remote_defers
Mon 20:45  run transports
Mon 21:02,21:03,21:04,21:05,21:14,21:19,21:22  run reload_restart
Mon 22:00  volume 4
Mon 22:45  run plain
Mon 23:20  run sasl_failed
Mon 23:57  volume 3
"""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing done to the lab: `up`, `run` (scenario names) or `volume` (a number)."""

    action: str
    argument: str
    at: tuple[datetime.datetime, ...]  # when its phases shall seem to begin, in order of time


@dataclass(frozen=True, slots=True)
class Variant:
    """One recording of the plan, and how its log is written."""

    folder: str
    queue_ids: str  # short or long
    stamps: str  # rfc3164 or iso
    skip: frozenset[str] = frozenset()  # scenarios left out
    share: float = 1.0  # of the plain daytime traffic


# Long, or troublesome for the queue, and told well enough by one recording.
NOT_TWICE = frozenset(
    "odd_messages limits transports dns_troubles null_sender loops duplicates quota".split()
)
VARIANTS = (
    Variant("day", "short", "rfc3164"),
    Variant("day-iso", "long", "iso", NOT_TWICE, share=0.6),
)


def steps(variant: Variant) -> list[Step]:
    """The plan's steps for one variant, in order of time."""
    found = []
    for number, line in enumerate(PLAN.strip().splitlines()):
        day, clocks, action, *rest = line.split()
        date = {"Sun": SUNDAY, "Mon": MONDAY}[day]
        seconds = datetime.timedelta(seconds=37 * number % 60)  # nothing starts on the minute
        at = tuple(
            datetime.datetime.combine(date, datetime.time.fromisoformat(clock), datetime.UTC)
            + seconds
            for clock in clocks.split(",")
        )
        argument = rest[0] if rest else ""
        if action == "volume":
            argument = str(max(2, round(int(argument) * variant.share)))
        elif action == "run":
            argument = ",".join(n for n in argument.split(",") if n not in variant.skip)
            if not argument:
                continue
        found.append(Step(action, argument, at))
    times = [time for step in found for time in step.at]
    assert times == sorted(times), "the plan is not in order of time"
    return found
