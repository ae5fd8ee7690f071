"""What the configuration says of insights: [insights], who is told of them and how.

The address of a webhook may hold a secret: it stands in no log and no error.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tracer.reports.settings import ADDRESS, NO_MAIL, MailSettings, is_list, read_mail, unknown

_QUIET = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class InsightSettings:
    """Who is told, and from how many on detectors look.

    mail: None for that of [mail]. quiet_hours: from and to, in the zone; then warnings wait.
    off: detectors that are not run. least: by detector, where it is not the detector's own.
    """

    to: tuple[str, ...] = ()
    mail: MailSettings | None = None
    webhook: str | None = field(default=None, repr=False)
    command: tuple[str, ...] = ()
    quiet_hours: tuple[time, time] | None = None
    off: frozenset[str] = frozenset()
    least: Mapping[str, int] = field(default_factory=dict)

    @property
    def has_routes(self) -> bool:
        """Whether somebody is told."""
        return bool(self.to or self.webhook or self.command)


NOBODY_TOLD = InsightSettings()


def read_insights(table: object, folder: Path, problems: list[str]) -> InsightSettings:
    """What [insights] says; what is wrong with it is added to the problems."""
    if not isinstance(table, dict):
        problems.append("insights is to be a table: [insights], then lines of KEY = VALUE")
        return NOBODY_TOLD
    wrong = [f"insights: {each}" for each in _wrong(table)]
    mail_problems: list[str] = []
    mail = read_mail(table["mail"], folder, mail_problems) if "mail" in table else None
    wrong += [f"insights.{each}" for each in mail_problems]
    if wrong:
        problems += wrong
        return NOBODY_TOLD
    quiet = _QUIET.fullmatch(table.get("quiet_hours", ""))
    return InsightSettings(
        tuple(table.get("to", ())),
        NO_MAIL if "mail" in table and mail is None else mail,
        table.get("webhook"),
        tuple(table.get("command", ())),
        (time(int(quiet[1]), int(quiet[2])), time(int(quiet[3]), int(quiet[4]))) if quiet else None,
        frozenset(table.get("off", ())),
        table.get("least", {}),
    )


def _wrong(table: Mapping[str, Any]) -> Iterator[str]:
    from tracer.insights.detectors import DETECTORS  # loaded only where something is configured

    def no_detector(name: str) -> str:
        return f"no detector is called {name}; there are {', '.join(DETECTORS)}"

    known = {each.name for each in fields(InsightSettings)}
    yield from (each.partition(": ")[2] for each in unknown("insights", table, known))
    to = table.get("to", [])
    if not is_list(to) or not all(ADDRESS.fullmatch(each) for each in to):
        yield 'to is to be a list of mail addresses, ["postmaster@example.com"]'
    webhook = table.get("webhook", "https://a.example")
    if not isinstance(webhook, str) or not _is_web(webhook):
        yield 'webhook is to be an address, "https://chat.example.com/hooks/..."'
    command = table.get("command", ["/bin/true"])
    if not is_list(command) or not command or not command[0].startswith("/"):
        yield 'command is to be a list, a whole path first: ["/usr/local/bin/page", "--who=me"]'
    quiet = table.get("quiet_hours", "22:00-07:00")
    if not isinstance(quiet, str) or not _QUIET.fullmatch(quiet):
        yield 'quiet_hours is to be two times, "22:00-07:00"'
    off = table.get("off", [])
    if not is_list(off):
        yield "off is to be a list of detectors in quotes"
    else:
        yield from (f"off: {no_detector(name)}" for name in off if name not in DETECTORS)
    least = table.get("least", {})
    if not isinstance(least, dict):
        yield "least is to be a table: [insights.least], then lines of DETECTOR = NUMBER"
        return
    for name, number in least.items():
        if name not in DETECTORS:
            yield f"least: {no_detector(name)}"
        elif type(number) is not int or number < 1:
            yield f"least: {name} is to be a whole number from 1, of {DETECTORS[name].UNIT}"


def _is_web(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)
