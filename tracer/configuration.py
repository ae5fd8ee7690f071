"""The configuration: one TOML file with what a site sets once. Nothing else reads it.

Its [[shape]]s are read only for commands that parse lines: no other is stopped by them.
"""

import os
import tomllib
from argparse import ArgumentTypeError
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from tracer.errors import TracerError
from tracer.insights.settings import NOBODY_TOLD, InsightSettings, read_insights
from tracer.metrics.place import Place, checked_place
from tracer.oidc import OidcSettings, read_oidc
from tracer.reports.settings import NO_MAIL, MailSettings, ReportSettings, read_mail, read_reports
from tracer.retention.settings import read_keep_days
from tracer.sources.zones import checked_zone

if TYPE_CHECKING:  # the parser is loaded only where lines are parsed
    from parsers.registry import Registry

VARIABLE = "MAILTRACER_CONFIG"
NAME = "mailtracer.toml"
# The keys of the file, and what they mean.
KEYS = {
    "db": "the store, as `--db`; a relative path begins at the file's folder",
    "store": "`keep_days`: how long lines are [kept](operations.md#how-long-lines-are-kept), whole "
    "days (default: for ever)",
    "zone": "the time zone of stamps that name none, as `--zone`",
    "zones": "the time zones of some logs' stamps, by patterns of their paths; the first that fits "
    "counts, and relative ones begin at the file's folder",
    "metrics": "where `watch` and `up` serve [metrics](metrics.md), as `--metrics`",
    "mail": "how reports are sent, see [reports](report.md)",
    "dashboard": "who may use the dashboard by an OpenID Connect provider, see "
    "[log in elsewhere](sign-on.md)",
    "report": "a report that is sent each day, any number of them, see [reports](report.md)",
    "insights": "who is told what is wrong, and how, see [insights](insights.md)",
    "shape": "a line shape of your own, any number of them",
}


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a file sets; None where it does not.

    zones: (pattern of absolute paths, zone).
    keep_days: how long lines are kept; None for ever.
    shapes: the built-in shapes with the site's. remarks: what the user should know about these.
    """

    db: str | None = None
    zone: str | None = None
    zones: tuple[tuple[str, str], ...] = ()
    shapes: "Registry | None" = None
    remarks: tuple[str, ...] = ()
    mail: MailSettings = NO_MAIL
    reports: tuple[ReportSettings, ...] = ()
    insights: InsightSettings = NOBODY_TOLD
    metrics: Place | None = None
    oidc: OidcSettings | None = None
    keep_days: int | None = None


def find(named: str | None) -> Path | None:
    """The file that counts: the one named, else the user's own, else the machine's."""
    if chosen := named or os.environ.get(VARIABLE):
        return Path(chosen)
    own = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    places = (Path(own, NAME), Path("/etc", NAME))
    return next((place for place in places if os.path.lexists(place)), None)


def load(path: Path, *, shapes: bool) -> Configuration:
    """Read the file, with its shapes or without; raises TracerError with all that is wrong."""
    settings = _read(path)
    problems = []
    for key in settings.keys() - KEYS.keys():
        near = get_close_matches(key, KEYS, 1)
        problems.append(f"no key is called {key}" + (f"; did you mean {near[0]}?" if near else ""))
    db, zone, tables = settings.get("db"), settings.get("zone"), settings.get("shape", [])
    if not isinstance(db, str | None) or db == "":
        problems.append('db is to be a path in quotes, "/var/lib/mailtracer/mailtracer.duckdb"')
        db = None
    try:
        zone = None if zone is None else checked_zone(str(zone))
    except ArgumentTypeError as error:
        problems.append(f"zone: {error}")
        zone = None
    metrics: Place | None = None
    if "metrics" in settings:
        try:
            metrics = checked_place(str(settings["metrics"]))
        except ArgumentTypeError as error:
            problems.append(f"metrics: {error}")
    zones = list(_zones(settings.get("zones", {}), path, problems))
    mail = read_mail(settings.get("mail", {}), path.absolute().parent, problems)
    reports = read_reports(settings.get("report", []), problems)
    insights = read_insights(settings.get("insights", {}), path.absolute().parent, problems)
    keep_days = read_keep_days(settings.get("store", {}), problems)
    oidc = read_oidc(settings.get("dashboard", {}), path.absolute().parent, problems)
    registry: Registry | None = None
    remarks: list[str] = []
    if not isinstance(tables, list):
        problems.append("shape is to be a list: begin each with [[shape]]")
    elif tables and shapes:
        from parsers.site import SiteShapesError, site_registry

        try:
            registry, remarks = site_registry(tables, path.name)
        except SiteShapesError as error:
            problems += error.problems
    if problems:
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise TracerError("\n".join([f"{path}: {count}, mend it and try again", *problems]))
    store = str(path.absolute().parent / Path(os.path.expanduser(db))) if db else None
    return Configuration(
        store,
        zone,
        tuple(zones),
        registry,
        tuple(f"{path}: {each}" for each in remarks),
        mail,
        reports,
        insights,
        metrics,
        oidc,
        keep_days,
    )


def _zones(table: object, path: Path, problems: list[str]) -> Iterator[tuple[str, str]]:
    """The patterns and zones of a table; what is wrong with it is added to the problems."""
    if not isinstance(table, dict):
        problems.append("zones is to be a table: [zones], then lines of PATTERN = ZONE in quotes")
        return
    for pattern, zone in table.items():
        try:
            checked = checked_zone(str(zone))
        except ArgumentTypeError as error:
            problems.append(f"zones: {pattern}: {error}")
        else:
            yield str(path.absolute().parent / Path(os.path.expanduser(pattern))), checked


def _read(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise TracerError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise TracerError(
            f"{path}: byte {error.start + 1} is no UTF-8: save it as UTF-8"
        ) from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise TracerError(f"{path} is no TOML: {error}") from error
