"""The view `connections`: one row a connection of a client to smtpd(8), qmqpd(8) or postscreen(8).

An smtpd process serves one client at a time: a connection ends with the next line that says so of
the same process, unless another one begins before it. postscreen serves many, and tells them apart
by address and port. A client that it lets through goes on to smtpd, and is a row there too.
"""

from parsers.columns import events_select

_SCREENED, _CONNECTED, _MIDDLE, _END = range(4)  # what a line is to its connection
_MIDDLE_EVENTS = (
    "'postfix.tls_established', 'postfix.screening_passed', 'postfix.screening_decided'"
)
_END_EVENTS = "'postfix.client_disconnected', 'postfix.screening_ended'"
# A step is a line's position and what it is in one number: millions are put in order.
_OF_PROCESS = f"""
    SELECT hash(host, program, pid) AS key, position * 4 + CASE event
        WHEN 'postfix.client_connected' THEN {_CONNECTED}
        WHEN 'postfix.tls_established' THEN {_MIDDLE} ELSE {_END} END AS step
    FROM event_rows
    WHERE event IN ('postfix.client_connected', 'postfix.client_disconnected')
        OR event = 'postfix.tls_established' AND client_address IS NOT NULL
"""
_SCREENING = """(
    FROM event_rows
    WHERE event IN ('postfix.screening_started', 'postfix.screening_passed',
            'postfix.screening_ended')
        OR event = 'postfix.screening_decided' AND action IN ('ALLOWLISTED', 'WHITELISTED')
)"""
_SCREENING_COLUMNS = (
    "position", "event", "host", "program", "pid", "client_address", "client_port",
)  # fmt: skip
_OF_POSTSCREEN = f"""
    SELECT hash(host, program, pid, client_address, client_port) AS key, position * 4 + CASE event
        WHEN 'postfix.screening_started' THEN {_SCREENED}
        WHEN 'postfix.screening_ended' THEN {_END} ELSE {_MIDDLE} END AS step
    FROM ({events_select(_SCREENING, _SCREENING_COLUMNS)})
"""
# Each line with the two that follow it in its connection, or that begin the next one.
_FOLLOWED = f"""
    SELECT step // 4 AS position, step % 4 = {_SCREENED} AS is_screened,
        CASE second % 4 WHEN {_MIDDLE} THEN second // 4 END AS middle,
        CASE WHEN second % 4 = {_END} THEN second // 4
            WHEN second % 4 = {_MIDDLE} AND third % 4 = {_END} THEN third // 4 END AS ending
    FROM (
        SELECT step, lead(step) OVER in_order AS second, lead(step, 2) OVER in_order AS third
        FROM ({_OF_PROCESS} UNION ALL {_OF_POSTSCREEN})
        WINDOW in_order AS (PARTITION BY key ORDER BY step)
    )
    WHERE step % 4 < {_MIDDLE}
"""
_BEGUN = """(
    FROM event_rows WHERE event IN ('postfix.client_connected', 'postfix.screening_started')
)"""
_BEGUN_COLUMNS = (
    "position", "occurred_at", "host", "instance", "program", "pid", "client_name",
    "client_address", "repeated",
)  # fmt: skip
_IS_HANDED_ON = "f.is_screened AND f.middle IS NOT NULL AND f.ending IS NULL"
# Of the two, the one that DuckDB takes for smaller is joined first: it then builds on what is left
# of the connections, rather than on the events.
_MIDDLES = f"""(
    FROM event_rows WHERE event IN ({_MIDDLE_EVENTS}) AND client_address IS NOT NULL
)"""
_ENDS = f"(FROM event_rows WHERE event IN ({_END_EVENTS}))"
_MIDDLE_COLUMNS = ("position", "occurred_at", "tls_protocol", "tls_cipher")
_END_COLUMNS = ("position", "occurred_at", "command_counts")
_COUNTED = {"mail": "mail", "rcpt": "rcpt", "auth": "auth", "command": "commands"}


def _counts(column: str, command: str) -> str:
    """How many of a command were accepted, and how many refused: `rcpt=1/3`, or `rcpt=3`."""
    accepted, all_of_them = (
        f"coalesce(try_cast(regexp_extract(command_counts, '(?:^| ){command}={what}', 1) "
        "AS BIGINT), 0)"
        for what in ("([0-9]+)", "(?:[0-9]+/)?([0-9]+)")
    )
    return f"""
        CASE WHEN command_counts IS NOT NULL THEN {accepted} END AS {column}_count,
        CASE WHEN command_counts IS NOT NULL THEN {all_of_them} - {accepted} END
            AS {column}_refused_count
    """


def connections() -> str:
    """The view as SQL."""
    return f"""
    SELECT b.position, b.occurred_at AS began_at,
        coalesce(e.occurred_at, CASE WHEN {_IS_HANDED_ON} THEN m.occurred_at END) AS ended_at,
        b.host, b.instance, b.program, b.pid, b.client_name, b.client_address,
        m.tls_protocol, m.tls_cipher,
        {", ".join(_counts(*names) for names in _COUNTED.items())}, e.command_counts,
        {_IS_HANDED_ON} AS is_handed_on,
        coalesce(b.repeated, 1) AS repeated
    FROM ({events_select(_BEGUN, _BEGUN_COLUMNS)}) b JOIN ({_FOLLOWED}) f USING (position)
    LEFT JOIN ({events_select(_MIDDLES, _MIDDLE_COLUMNS)}) m ON m.position = f.middle
    LEFT JOIN ({events_select(_ENDS, _END_COLUMNS)}) e ON e.position = f.ending
    """
