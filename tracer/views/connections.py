"""The view `connections`: one row a connection of a client to smtpd(8), qmqpd(8) or postscreen(8).

An smtpd process serves one client at a time: a connection ends with the next line that says so of
the same process, unless another one begins before it. postscreen serves many, and tells them apart
by address and port. A client that it lets through goes on to smtpd, and is a row there too.
"""

from parsers.columns import events_select

_SCREENED, _CONNECTED, _MIDDLE, _END = range(4)  # what a line is to its connection
_COLUMNS = (
    "position", "event", "occurred_at", "host", "instance", "program", "pid", "client_name",
    "client_address", "client_port", "repeated", "tls_protocol", "tls_cipher", "command_counts",
)  # fmt: skip
_PROCESS_LINES = """(
    FROM event_rows
    WHERE event IN ('postfix.client_connected', 'postfix.client_disconnected')
        OR event = 'postfix.tls_established' AND client_address IS NOT NULL
)"""
_SCREENING_LINES = """(
    FROM event_rows
    WHERE event IN ('postfix.screening_started', 'postfix.screening_passed',
            'postfix.screening_ended')
        OR event = 'postfix.screening_decided' AND action IN ('ALLOWLISTED', 'WHITELISTED')
)"""
_STEPS = f"""
    SELECT *, hash(host, program, pid) AS key, CASE event
        WHEN 'postfix.client_connected' THEN {_CONNECTED}
        WHEN 'postfix.tls_established' THEN {_MIDDLE} ELSE {_END} END AS step
    FROM ({events_select(_PROCESS_LINES, _COLUMNS)})
    UNION ALL
    SELECT *, hash(host, program, pid, client_address, client_port), CASE event
        WHEN 'postfix.screening_started' THEN {_SCREENED}
        WHEN 'postfix.screening_ended' THEN {_END} ELSE {_MIDDLE} END
    FROM ({events_select(_SCREENING_LINES, _COLUMNS)})
"""
# Each line with the two that follow it in its connection, or that begin the next one. They are
# taken along, not joined: to join them back takes more memory than there is.
_FOLLOWED = f"""
    SELECT *, lead(step) OVER in_order AS second, lead(step, 2) OVER in_order AS third,
        lead(occurred_at) OVER in_order AS second_at,
        lead(occurred_at, 2) OVER in_order AS third_at,
        lead(tls_protocol) OVER in_order AS second_protocol,
        lead(tls_cipher) OVER in_order AS second_cipher,
        lead(command_counts) OVER in_order AS second_counts,
        lead(command_counts, 2) OVER in_order AS third_counts
    FROM ({_STEPS})
    WINDOW in_order AS (PARTITION BY key ORDER BY position)
"""
_BEGUN = f"""
    SELECT * EXCLUDE (command_counts),
        second IS NOT DISTINCT FROM {_MIDDLE} AS has_middle,
        has_middle AND third IS NOT DISTINCT FROM {_END} AS ends_third,
        CASE WHEN second = {_END} THEN second_at WHEN ends_third THEN third_at END AS end_at,
        CASE WHEN second = {_END} THEN second_counts WHEN ends_third THEN third_counts END
            AS command_counts,
        step = {_SCREENED} AND has_middle AND NOT ends_third AS is_handed_on
    FROM ({_FOLLOWED})
    WHERE step < {_MIDDLE}
"""
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
    SELECT position, occurred_at AS began_at,
        coalesce(end_at, CASE WHEN is_handed_on THEN second_at END) AS ended_at,
        host, instance, program, pid, client_name, client_address,
        CASE WHEN has_middle THEN second_protocol END AS tls_protocol,
        CASE WHEN has_middle THEN second_cipher END AS tls_cipher,
        {", ".join(_counts(*names) for names in _COUNTED.items())}, command_counts,
        is_handed_on, coalesce(repeated, 1) AS repeated
    FROM ({_BEGUN})
    """
