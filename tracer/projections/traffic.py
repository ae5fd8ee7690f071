"""Traffic by minute: how much mail came in, and what became of it.

Owns `traffic_minutely` with its view `traffic_hourly`, and for its own use `traffic_hops` and
`traffic_milter_hosts`. Counted are log lines, at the time they were logged; one that stands for
three counts as three:

- received: a message came into being: from a client, from pickup, or as a notification (bounce,
  delay warning, success report);
- delivered, deferred, bounced: delivery attempts by their status;
- rejected: SMTP commands, headers, bodies and milter verdicts that were refused;
- spam: what spamd found to be spam; virus: what clamav-milter found infected, or clamd on hosts
  where no clamav-milter logs.

One message counts once, however many queue files it has within its host. (One without a Message-ID
that a filter handed back counts twice: no line ties its two files together.) Hops do not count:

- what local(8) `forwarded as` another queue file was not delivered yet;
- the birth of a queue file from pickup or from a loopback client, where another queue file of
  the host has the same Message-ID, came before it, and had its last line at most an hour ago: a
  content filter handed the message back (of two of one time, from another client came before);
- of such a queue file that came before: deliveries through pipe(8), and to a loopback address
  that answered `queued as`: they handed the message to the filter.

That a line is a hop may show only later. So all lines count as they come, and `traffic_hops` says
which were taken off again; nothing of that depends on how the lines were cut into batches, nor on
which file was read first. What a batch showed is left in FOUND, for `attempts`.
"""

from collections.abc import Mapping

import duckdb

NAME = "traffic"
VERSION = 4

FOUND = "traffic_found"  # a temporary table: the rows of `traffic_hops` that are new by a batch
OUTCOMES = ("received", "delivered", "deferred", "bounced", "rejected", "spam", "virus")

DDL: tuple[str, ...] = (
    """
    CREATE TABLE traffic_minutely (
        minute TIMESTAMP,   -- its beginning, UTC
        host VARCHAR,       -- '' where lines name none
        outcome VARCHAR,
        count BIGINT
    )
    """,
    """
    CREATE VIEW traffic_hourly AS
    SELECT date_trunc('hour', minute) AS hour, host, outcome, sum(count)::BIGINT AS count
    FROM traffic_minutely GROUP BY ALL
    """,
    """
    CREATE TABLE traffic_hops (
        position BIGINT,
        minute TIMESTAMP,
        host VARCHAR,
        outcome VARCHAR,    -- what the line was counted as: received or delivered
        count BIGINT,       -- and how often
        message_no BIGINT   -- NULL: the line alone shows that it is a hop
    )
    """,
    "CREATE TABLE traffic_milter_hosts (host VARCHAR)",
)

# What lines count as that are alike in what is looked at here. `clamd` and `milter` only serve
# to find what counts as a virus.
_OUTCOME = """
    CASE event
        WHEN 'postfix.client_assigned' THEN 'received'
        WHEN 'postfix.message_picked_up' THEN 'received'
        WHEN 'postfix.notification_sent' THEN 'received'
        WHEN 'postfix.delivery_attempted' THEN
            CASE WHEN status = 'sent' THEN 'delivered'
                WHEN status IN ('deferred', 'bounced') THEN status END
        WHEN 'postfix.rejected' THEN 'rejected'
        WHEN 'spamd.message_scored' THEN CASE WHEN is_spam THEN 'spam' END
        WHEN 'clamav_milter.message_infected' THEN 'virus'
        WHEN 'clamd.virus_found' THEN 'clamd'
        ELSE CASE WHEN starts_with(event, 'clamav_milter.') THEN 'milter' END
    END
"""
_BATCH = f"""
    SELECT minute, host, {_OUTCOME} AS outcome, sum(count)::BIGINT AS count
    FROM (
        SELECT date_trunc('minute', occurred_at) AS minute, coalesce(host, '') AS host,
            event, status, CASE event WHEN 'spamd.message_scored'
                THEN json_extract_string(rest, '$.is_spam')::BOOLEAN END AS is_spam,
            sum(coalesce(repeated, 1)) AS count
        FROM event_rows WHERE position BETWEEN $first AND $last AND occurred_at IS NOT NULL
        GROUP BY ALL
    )
    WHERE outcome IS NOT NULL GROUP BY ALL
"""

_MERGE = f"""
    MERGE INTO traffic_minutely t USING (
        SELECT minute, host, outcome, sum(count)::BIGINT AS count
        FROM (
            SELECT minute, host, replace(outcome, 'clamd', 'virus') AS outcome, count
            FROM traffic_batch
            WHERE outcome <> 'milter'
                AND (outcome <> 'clamd' OR host NOT IN (FROM traffic_milter_hosts))
            UNION ALL
            SELECT minute, host, outcome, -count FROM {FOUND}
        )
        GROUP BY ALL
    ) b ON t.minute = b.minute AND t.host = b.host AND t.outcome = b.outcome
    WHEN MATCHED THEN UPDATE SET count = t.count + b.count
    WHEN NOT MATCHED THEN INSERT VALUES (b.minute, b.host, b.outcome, b.count)
"""


def update(con: duckdb.DuckDBPyConnection, first_position: int, last_position: int) -> None:
    """Count the events first_position..last_position, just inserted; `messages` holds them."""
    places = {"first": int(first_position), "last": int(last_position)}
    _run(con, f"CREATE OR REPLACE TEMP TABLE traffic_batch AS {_BATCH}", places)
    _note_milter_hosts(con)
    _note_hops(con, places)
    _run(con, _MERGE, places)
    con.execute("DROP TABLE traffic_batch")


def forget(con: duckdb.DuckDBPyConnection) -> None:
    """Name the hops of messages whose beginning is forgotten by what is left of these.

    The temporary table `forgotten` holds the positions of what is gone already.
    """
    cut = "FROM traffic_hops WHERE message_no IN (SELECT position FROM forgotten)"
    ((first, last),) = con.execute(f"SELECT min(position), max(position) {cut}").fetchall()
    if first is not None:
        con.execute(f"""
            UPDATE traffic_hops h SET message_no = f.message_no
            FROM (
                SELECT e.position, max(m.first_position) AS message_no
                FROM events e JOIN messages m ON {_IS_SAME_FILE}
                    AND e.position BETWEEN m.first_position AND m.last_position
                    AND e.occurred_at BETWEEN m.first_at AND m.last_at
                WHERE e.position BETWEEN {first} AND {last}
                    AND e.position IN (SELECT position {cut})
                GROUP BY e.position
            ) f
            WHERE h.position = f.position
        """)


def _run(
    con: duckdb.DuckDBPyConnection, sql: str, places: Mapping[str, object]
) -> duckdb.DuckDBPyConnection:
    """Execute with literal numbers and times: with these, unlike parameters, scans are pruned."""
    for name, value in places.items():
        literal = str(value) if isinstance(value, int) else f"TIMESTAMP '{value}'"
        sql = sql.replace(f"${name}", literal)
    return con.execute(sql)


def _note_milter_hosts(con: duckdb.DuckDBPyConnection) -> None:
    """Where clamav-milter logs for the first time, forget what clamd found before."""
    new = """
        (SELECT DISTINCT host FROM traffic_batch
        WHERE outcome IN ('virus', 'milter') AND host NOT IN (FROM traffic_milter_hosts))
    """
    if con.execute(f"SELECT 1 FROM {new} LIMIT 1").fetchall():
        con.execute(f"DELETE FROM traffic_minutely WHERE outcome = 'virus' AND host IN {new}")
        con.execute(f"INSERT INTO traffic_milter_hosts {new}")


# -- hops -----------------------------------------------------------------------------------------


def _is_loopback(address: str) -> str:
    return f"({address} = '::1' OR starts_with({address}, '127.'))"


# Lines that are hops, at once or if their message came back from a filter.
_POSSIBLE = f"""
    SELECT position, occurred_at, host, instance, queue_id,
        CASE event WHEN 'postfix.delivery_attempted' THEN 'delivered' ELSE 'received' END
            AS outcome,
        coalesce(repeated, 1) AS count,
        status = 'sent' AND related_queue_id IS NOT NULL AS is_forward
    FROM event_rows
    WHERE position BETWEEN $start AND $end AND occurred_at IS NOT NULL
        AND event IN ('postfix.message_picked_up', 'postfix.client_assigned',
            'postfix.delivery_attempted')
        AND CASE event
            WHEN 'postfix.message_picked_up' THEN true
            WHEN 'postfix.client_assigned' THEN {_is_loopback("client_address")}
            ELSE status = 'sent' AND (
                ends_with(program, '/pipe')
                OR {_is_loopback("relay_address")} AND remote_queue_id IS NOT NULL
                OR related_queue_id IS NOT NULL)
            END
"""
_IS_SAME_FILE = """(
    e.queue_id = m.queue_id AND e.instance = m.instance AND e.host IS NOT DISTINCT FROM m.host)
"""

# The Message-IDs (as a hash of host and id) of which the batch may show that they have hops: it
# holds the line that names the id, or a possible hop of a message it does not name any more.
_TOUCHED = f"""
    SELECT hash(host, message_id) AS kin, occurred_at FROM event_rows
    WHERE position BETWEEN $first AND $last AND event = 'postfix.message_id_logged'
        AND message_id NOT IN ('', '<>') AND occurred_at IS NOT NULL
    UNION ALL
    SELECT hash(m.host, m.message_id), e.occurred_at
    FROM traffic_possible e JOIN messages m ON {_IS_SAME_FILE}
    WHERE m.first_position < $first AND m.last_position >= $first
        AND m.message_id NOT IN ('', '<>')
"""

# Their lives may go on after the batch's lines, where later files were read before.
_REACH = """
    SELECT min(seen_at) - to_hours(1), max(seen_at) + to_hours(1) FROM (
        SELECT occurred_at AS seen_at FROM traffic_touched
        UNION ALL
        SELECT last_at FROM messages SEMI JOIN traffic_touched t ON hash(host, message_id) = t.kin
        WHERE last_position >= $first
    )
"""

# The lives of these Message-IDs, where there are several and one came back, and whether they came
# back (their birth is a hop) or went into the filter (deliveries are hops).
_HOP_LIVES = f"""
    WITH kin AS (
        SELECT hash(host, message_id) AS kin, host, instance, queue_id, first_position,
            last_position, first_at, last_at, born_at,
            uid IS NOT NULL OR coalesce({_is_loopback("client_address")}, false) AS is_local
        FROM messages SEMI JOIN traffic_touched t ON hash(host, message_id) = t.kin
        WHERE last_at >= $since AND first_at <= $until
    ),
    weighed AS (
        SELECT *,
            is_local AND born_at <= max(last_at) OVER before + to_hours(1) AS came_back,
            min(born_at) FILTER (is_local) OVER after <= last_at + to_hours(1) AS went_in
        FROM kin SEMI JOIN (
            SELECT kin FROM kin GROUP BY kin HAVING count(*) > 1 AND bool_or(is_local)
        ) USING (kin)
        WINDOW
            before AS (PARTITION BY kin ORDER BY first_at, is_local, first_position
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
            after AS (PARTITION BY kin ORDER BY first_at, is_local, first_position
                ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)
    ),
    hops AS (
        SELECT *, 'received' AS outcome FROM weighed WHERE came_back
        UNION ALL
        SELECT *, 'delivered' FROM weighed WHERE went_in
    )
    SELECT * EXCLUDE (kin, born_at, is_local) FROM hops
"""

# Where the lines begin that may not have been looked at: those before the batch of lives that
# were not known to be hops.
_START = """
    SELECT least($first, min(l.first_position))
    FROM traffic_hop_lives l ANTI JOIN (
        FROM traffic_hops WHERE message_no >= $oldest
    ) k ON k.message_no = l.first_position AND k.outcome = l.outcome
    WHERE l.first_position < $first
"""

_FOUND = f"""
    SELECT e.position, any_value(e.occurred_at), any_value(e.host), any_value(e.outcome),
        any_value(e.count), any_value(m.first_position)
    FROM (FROM traffic_possible UNION ALL {_POSSIBLE.replace("$end", "($first - 1)")}) e
    JOIN traffic_hop_lives m ON {_IS_SAME_FILE} AND e.outcome = m.outcome
        AND e.position BETWEEN m.first_position AND m.last_position
        AND e.occurred_at BETWEEN m.first_at AND m.last_at
    WHERE e.position NOT IN (
        SELECT position FROM traffic_hops WHERE position >= $start
        UNION ALL SELECT position FROM {FOUND})
    GROUP BY e.position
"""
_FORWARDS = """
    SELECT position, occurred_at, host, outcome, count, NULL FROM traffic_possible WHERE is_forward
"""
_INSERT_FOUND = f"""
    INSERT INTO {FOUND}
    SELECT position, date_trunc('minute', occurred_at), coalesce(host, ''), outcome, count,
        message_no
    FROM ({{hops}}) AS h(position, occurred_at, host, outcome, count, message_no)
"""


def _note_hops(con: duckdb.DuckDBPyConnection, places: Mapping[str, object]) -> None:
    """Find what the batch shows to be hops, in the batch and before it."""
    possible = f"CREATE OR REPLACE TEMP TABLE traffic_possible AS {_POSSIBLE}"
    _run(con, possible, {"start": places["first"], "end": places["last"]})
    con.execute(f"CREATE OR REPLACE TEMP TABLE {FOUND} AS FROM traffic_hops LIMIT 0")
    _run(con, _INSERT_FOUND.format(hops=_FORWARDS), places)
    _run(con, f"CREATE OR REPLACE TEMP TABLE traffic_touched AS {_TOUCHED}", places)
    ((since, until),) = _run(con, _REACH, places).fetchall()
    if since is not None:
        span = {**places, "since": since, "until": until}
        _run(con, f"CREATE OR REPLACE TEMP TABLE traffic_hop_lives AS {_HOP_LIVES}", span)
        _note_hops_of_lives(con, places)
        con.execute("DROP TABLE traffic_hop_lives")
    con.execute(f"INSERT INTO traffic_hops FROM {FOUND}")
    con.execute("DROP TABLE traffic_touched")
    con.execute("DROP TABLE traffic_possible")


def _note_hops_of_lives(con: duckdb.DuckDBPyConnection, places: Mapping[str, object]) -> None:
    oldest_life = "SELECT min(first_position) FROM traffic_hop_lives"
    ((oldest,),) = con.execute(oldest_life).fetchall()
    if oldest is not None:
        ((start,),) = _run(con, _START, {**places, "oldest": oldest}).fetchall()
        _run(con, _INSERT_FOUND.format(hops=_FOUND), {**places, "start": start})
