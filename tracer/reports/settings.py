"""What the configuration says of reports: [mail], how mail leaves, and each [[report]].

The password stands in neither: it is read from a file, the environment or systemd's credentials
when mail is sent, and told to nobody but the server.
"""

import os
import re
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from tracer.secret import Secret

PASSWORD_VARIABLE = "MAILTRACER_SMTP_PASSWORD"  # noqa: S105 - a name
_PASSWORD = Secret(
    "password", "mail", "password_file", PASSWORD_VARIABLE, "mailtracer.smtp-password"
)
_PORTS = {"none": 25, "starttls": 587, "tls": 465}
ADDRESS = re.compile(r"[^\s@<>,;\"]+@[^\s@<>,;\"]+")
DOMAIN = re.compile(r"[^\s@<>,;\"]+")
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class MailSettings:
    """How mail leaves: through an SMTP server, or a program such as sendmail.

    security: starttls, tls or none; what is asked for is required.
    """

    sender: str | None = None
    server: str = "localhost"
    port: int | None = None
    security: str = "none"
    username: str | None = None
    password_file: str | None = None
    sendmail: str | None = None

    @property
    def from_address(self) -> str:
        """Whom reports are from."""
        return self.sender or f"mailtracer@{socket.getfqdn()}"

    @property
    def server_port(self) -> int:
        """The port of the server."""
        return self.port or _PORTS[self.security]

    def password(self) -> str:
        """Read it anew; raises TracerError where there is none."""
        return _PASSWORD.read(self.password_file)


NO_MAIL = MailSettings()  # where the configuration says nothing: the server of this machine


@dataclass(frozen=True, slots=True)
class ReportSettings:
    """A report that is sent each day: of the day before, at a time of the zone."""

    name: str
    to: tuple[str, ...]
    at: str = "06:00"
    hosts: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    detail: int = 10
    problems_only: bool = False


def read_mail(table: object, folder: Path, problems: list[str]) -> MailSettings:
    """What [mail] says; what is wrong with it is added to the problems."""
    if not isinstance(table, dict):
        problems.append("mail is to be a table: [mail], then lines of KEY = VALUE")
        return NO_MAIL
    values = {("sender" if key == "from" else key): value for key, value in table.items()}
    before = len(problems)
    problems += unknown(
        "mail", table, {f.name for f in fields(MailSettings)} - {"sender"} | {"from"}
    )
    for key in ("sender", "server", "username", "password_file", "sendmail"):
        if not isinstance(values.get(key, ""), str):
            problems.append(f"mail: {'from' if key == 'sender' else key} is to be text in quotes")
    port = values.get("port", 25)
    if type(port) is not int or not 0 < port < 65_536:
        problems.append("mail: port is to be a number from 1 to 65535")
    if values.get("security", "none") not in _PORTS:
        problems.append('mail: security is to be "starttls", "tls" or "none"')
    if isinstance(sender := values.get("sender", "a@b"), str) and not ADDRESS.fullmatch(sender):
        problems.append("mail: from is to be a mail address")
    if values.get("username") and values.get("security", "none") == "none":
        problems.append(
            'mail: a password is only sent encrypted: set security to "starttls" or "tls"'
        )
    if len(problems) > before:
        return NO_MAIL
    if path := values.get("password_file"):
        values["password_file"] = str(folder / Path(os.path.expanduser(path)))
    return MailSettings(**values)


def read_reports(tables: object, problems: list[str]) -> tuple[ReportSettings, ...]:
    """What each [[report]] says; what is wrong is added to the problems."""
    if not isinstance(tables, list):
        problems.append("report is to be a list: begin each with [[report]]")
        return ()
    reports: list[ReportSettings] = []
    for number, table in enumerate(tables, 1):
        wrong = [*_wrong(table)]
        problems += [f"[[report]] {number}: {each}" for each in wrong]
        if not wrong:
            values: dict[str, Any] = {
                k: tuple(v) if isinstance(v, list) else v for k, v in table.items()
            }
            values["domains"] = tuple(domain.lower() for domain in values.get("domains", ()))
            reports.append(ReportSettings(**values))
    names = [report.name for report in reports]
    problems += [
        f"two reports are called {name}: a report is known by its name"
        for name in sorted({name for name in names if names.count(name) > 1})
    ]
    return tuple(reports)


def _wrong(table: object) -> Iterator[str]:
    if not isinstance(table, dict):
        yield "is to be a table"
        return
    yield from unknown("report", table, {f.name for f in fields(ReportSettings)})
    if not isinstance(table.get("name"), str) or not table["name"]:
        yield "name is to be text in quotes, which no other report has"
    to = table.get("to")
    if not is_list(to) or not to or not all(ADDRESS.fullmatch(each) for each in to):
        yield 'to is to be a list of mail addresses, ["postmaster@example.com"]'
    if not isinstance(at := table.get("at", "06:00"), str) or not _TIME.fullmatch(at):
        yield 'at is to be a time, "06:00"'
    for key in ("hosts", "domains"):
        if not is_list(table.get(key, [])):
            yield f"{key} is to be a list of names in quotes"
    if is_list(domains := table.get("domains", [])) and not all(map(DOMAIN.fullmatch, domains)):
        yield "domains are what stands after the @ of addresses, without it"
    if type(detail := table.get("detail", 10)) is not int or detail < 0:
        yield "detail is to be a whole number from 0"
    if not isinstance(table.get("problems_only", False), bool):
        yield "problems_only is to be true or false"


def is_list(value: object) -> bool:
    """Whether it is a list of text."""
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def unknown(where: str, table: Mapping[str, object], known: set[str]) -> list[str]:
    """What to say of the keys of a table that are none."""
    return [
        f"{where}: no key is called {key}; there are {', '.join(sorted(known))}"
        for key in table.keys() - known
    ]
