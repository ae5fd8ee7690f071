"""What commands have in common: the store, the zone, and the configuration that may set them."""

import argparse
import os
import sys

from tracer import configuration
from tracer.metrics.place import checked_place
from tracer.sources.zones import Zones, checked_zone, machine_zone

DEFAULT_DB = "mailtracer.duckdb"


def add_config(parser: argparse.ArgumentParser) -> None:
    """Declare --config."""
    parser.add_argument(
        "--config",
        metavar="PATH",
        help="the configuration (default: $MAILTRACER_CONFIG, else ~/.config/mailtracer.toml, else "
        "/etc/mailtracer.toml)",
    )


def add_db(parser: argparse.ArgumentParser) -> None:
    """Declare --db."""
    parser.add_argument(
        "--db",
        metavar="PATH",
        help="the store (default: $MAILTRACER_DB, else the configuration's, else "
        f"{DEFAULT_DB} here)",
    )


def add_parsing(parser: argparse.ArgumentParser) -> None:
    """Declare what a command that parses new lines takes; it is given `shapes` and `zones`, too."""
    parser.add_argument(
        "--zone",
        type=checked_zone,
        metavar="NAME",
        help="time zone of stamps that name none, such as Europe/Berlin (default: the "
        "configuration's, else this machine's)",
    )
    add_shapes(parser)


def add_shapes(parser: argparse.ArgumentParser) -> None:
    """Declare that a command is to be given `shapes`, and `zones`."""
    parser.set_defaults(parses=True)


def add_reports(parser: argparse.ArgumentParser) -> None:
    """Make it a command that is given a zone, and of the configuration what is to be sent."""
    parser.set_defaults(reports=(), insights=None, mail=None)


def add_retention(parser: argparse.ArgumentParser) -> None:
    """Make it a command that is given the configuration's `keep_days`, and a zone."""
    parser.set_defaults(keep_days=None)


def add_metrics(parser: argparse.ArgumentParser) -> None:
    """Declare --metrics; the command also parses."""
    parser.add_argument(
        "--metrics",
        type=checked_place,
        metavar="[ADDRESS:]PORT",
        help="serve metrics there, such as 9154 on this machine only (default: the "
        "configuration's, else nowhere)",
    )


def add_dashboard(parser: argparse.ArgumentParser) -> None:
    """Make it a command that is given the configuration's `oidc`, and its `config_path`."""
    parser.set_defaults(oidc=None, config_path=None)


def complete(args: argparse.Namespace) -> None:
    """Fill in what the command line leaves open.

    The file is read only where something in it counts.
    """
    parses = "parses" in args
    db = getattr(args, "db", None) or os.environ.get("MAILTRACER_DB")
    settings = configuration.Configuration()
    reports, dashboard, retains = "reports" in args, "oidc" in args, "keep_days" in args
    wants = parses or reports or dashboard or retains or not db
    path = configuration.find(args.config) if wants else None
    if path:
        settings = configuration.load(path, shapes=parses)
    args.db = db or settings.db or DEFAULT_DB
    if parses:
        zone = getattr(args, "zone", None)
        patterns = () if zone else settings.zones
        args.zone = zone or settings.zone or machine_zone()
        args.zones = Zones(args.zone, patterns)
        args.shapes = settings.shapes
    if "metrics" in args:
        args.metrics = args.metrics or settings.metrics
    if reports:
        args.zone = args.zone or settings.zone or machine_zone()
        args.reports, args.mail = settings.reports, settings.mail
        args.insights = settings.insights
    if retains:
        args.zone = getattr(args, "zone", None) or settings.zone or machine_zone()
        args.keep_days = settings.keep_days
    if dashboard:
        args.oidc, args.config_path = settings.oidc, path
    for remark in settings.remarks:
        print(f"mailtracer: {remark}", file=sys.stderr)
