"""Declared line shapes of ClamAV: one module a program.

To syslog, ClamAV sends its levels as priorities only (common/output.c). A daemon in the foreground
writes to standard error, which systemd hands on: then the text begins with a stamp and an arrow,
and the level stands before these, or after them as `^` (a warning) or `!` (an error). A log file
has the level after them, which are the line's header there. What has a level and is known by its
text has an event of its own; parsers.clamav.shared, which is tried last, has the events for any
other.
"""

STAMP = "{Mon|Tue|Wed|Thu|Fri|Sat|Sun} {:name} [ ]{:int} {:host} {:int} -> "
AT = "[{WARNING|ERROR}: ][" + STAMP + "[{^|!}]]"
STAMPED = "Tue Nov 24 03:36:59 2026 -> "


def at(*templates: str) -> tuple[str, ...]:
    """The templates, each with or without a level and a stamp before it."""
    return tuple(AT + template for template in templates)
