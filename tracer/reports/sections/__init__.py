"""The sections of a report, in the order they are shown: one file each, with build().

A section of a report over domains tells only of mail, never of the server.
"""

from collections.abc import Callable

from tracer.reports.model import Request, Section
from tracer.reports.sections import (
    complaints,
    failures,
    insights,
    logins,
    parties,
    refusals,
    traffic,
    unparsed,
    verdicts,
)
from tracer.store import Reader

Builder = Callable[[Reader, Request], Section | None]

OF_MAIL: tuple[Builder, ...] = (
    traffic.build,
    failures.build,
    refusals.build,
    parties.build,
    logins.build,
)
OF_THE_SERVER: tuple[Builder, ...] = (
    insights.build,
    verdicts.build,
    complaints.build,
    unparsed.build,
)
