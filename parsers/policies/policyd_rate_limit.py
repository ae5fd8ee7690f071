"""policyd-rate-limit: mail that a user has sent within a time. It writes to standard error only."""

from parsers.shapes import Shape

_DAEMONS = ("policyd-rate-limit",)
_SOURCE = "policyd-rate-limit policyd_rate_limit/policyd.py"

SHAPES = (
    Shape(
        event="policyd_rate_limit.counted",
        daemons=_DAEMONS,
        template=(
            "{item_count}/{detail:name} hit since {duration_seconds}s",
            "insert id {username:rest}",
        ),
        samples=("003/010 hit since 60s", "insert id anna"),
        source=_SOURCE,
    ),
    Shape(
        event="policyd_rate_limit.problem_logged",
        daemons=_DAEMONS,
        template=(
            "{severity:=WARNING}: {reason:rest}",
            "Database {severity:=error}: {reason:rest}",
            "Attribute '{reason:=protocol_state}' not defined",
            "Settings '{reason:name}' bad value {detail}",
            "Traceback (most recent call last):{detail}",
            '  File "{file_name}", line {detail}',
        ),
        samples=(
            "WARNING: the 'count_mode' parameter is set to 0. This is DEPRECATED.",
            "Database error: OperationalError('server has gone away')",
            "Attribute 'protocol_state' not defined",
            "Settings 'count_mode' bad value 5",
            "Traceback (most recent call last):",
            '  File "/usr/bin/policyd-rate-limit", line 33, in <module>',
        ),
        source=_SOURCE,
    ),
    Shape(
        event="policyd_rate_limit.debugged",
        daemons=_DAEMONS,
        template=(
            "There is no limit rate in SQL for: {username:rest}",
            "Custom limit(s): {detail}",
            "Ignoring 'protocol_state' {detail}",
            "connection from {detail}",
            "{detail:=waiting for connections|Connection closed|report is sent}",
            "{item_count} records deleted",
        ),
        samples=(
            "There is no limit rate in SQL for: anna",
            "Custom limit(s): {}",
            "Ignoring 'protocol_state' 'RCPT'",
            "connection from b''",
            "waiting for connections",
            "12 records deleted",
        ),
        source=_SOURCE,
        constants={"severity": "info"},
    ),
)
