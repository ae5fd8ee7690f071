"""What is counted once, slot by slot, as it can be asked of the events of the slot alone.

The measures: `lines` and `unparsed` (subject: the log and the host), `queue` (messages that wait at
the end of the slot), `spam` and `virus` (verdicts), `login_failures`, `tls_failures` (by event).
"""

from collections.abc import Iterator
from typing import Any

from parsers.registry import UNPARSED
from tracer.insights.view import View
from tracer.queries.overview import QUEUE_DAYS

MOST_SUBJECTS = 100  # of a measure, in a slot
TLS_FAILED = (
    "postfix.tls_failed",
    "postfix.tls_library_failed",
    "postfix.tls_not_obtained",
    "dovecot.tls_alerted",
)

_WITHIN = "occurred_at >= $since AND occurred_at < $until"
_SLOT = "time_bucket($slot, occurred_at)"
_LOG = "s.name || CASE WHEN host IS NULL THEN '' ELSE ' of ' || host END"
_TLS_COUNTS = ", ".join(
    f"count(*) FILTER (event = '{event}') AS tls_{number}"
    for number, event in enumerate(TLS_FAILED)
)
_TLS_ROWS = " ".join(
    f"UNION ALL SELECT slot, 'tls_failures', '{event}', sum(tls_{number}) FROM counted "
    "GROUP BY slot"
    for number, event in enumerate(TLS_FAILED)
)
_MEASURED = f"""
    WITH counted AS MATERIALIZED (
        SELECT {_SLOT} AS slot, source_id, host, count(*) AS lines,
            count(*) FILTER (event = '{UNPARSED}') AS unparsed,
            {_TLS_COUNTS}
        FROM event_rows WHERE {_WITHIN} GROUP BY ALL
    ),
    logs AS (
        SELECT slot, {_LOG} AS subject, sum(lines) AS lines, sum(unparsed) AS unparsed
        FROM counted JOIN (SELECT source_id, any_value(name) AS name FROM sources GROUP BY ALL) s
            USING (source_id)
        GROUP BY ALL
    ),
    measured AS (
        SELECT slot, 'lines' AS measure, subject, lines AS value FROM logs
        UNION ALL SELECT slot, 'unparsed', subject, unparsed FROM logs
        {_TLS_ROWS}
        UNION ALL
        SELECT {_SLOT}, verdict, '', sum(repeated)
        FROM verdicts WHERE {_WITHIN} AND verdict IN ('spam', 'virus') AND program <> 'clamd'
        GROUP BY ALL
        UNION ALL
        SELECT {_SLOT}, 'login_failures', '', sum(repeated)
        FROM logins WHERE {_WITHIN} AND result = 'failed' GROUP BY ALL
    )
    SELECT slot, measure, subject, value::BIGINT AS value FROM measured WHERE value > 0
    QUALIFY row_number() OVER (PARTITION BY slot, measure ORDER BY value DESC, subject)
        <= {MOST_SUBJECTS}
    ORDER BY slot, measure, subject
"""
# A message whose end is not in the logs waits for no longer than Postfix keeps it.
_QUEUE = f"""
    WITH lives AS (
        SELECT born_at, least(removed_at, born_at + to_days({QUEUE_DAYS})) AS gone_at FROM messages
        WHERE born_at >= $since - to_days({QUEUE_DAYS}) AND born_at < $until
            AND (removed_at IS NULL OR removed_at >= $since)
    ),
    changes AS (
        SELECT time_bucket($slot, greatest(born_at, $since)) AS slot, 1 AS change FROM lives
        UNION ALL SELECT time_bucket($slot, gone_at), -1 FROM lives WHERE gone_at < $until
        UNION ALL SELECT generate_series, 0 FROM generate_series($since, $until - $slot, $slot)
    )
    SELECT slot, sum(sum(change)) OVER (ORDER BY slot)::BIGINT AS value
    FROM changes GROUP BY slot ORDER BY slot
"""


def taken(view: View) -> Iterator[list[Any]]:
    """The samples of the view's slots: slot, measure, subject and value, as JSON can hold them."""
    for row in view.rows(_MEASURED):
        yield [row["slot"].isoformat(), row["measure"], row["subject"], row["value"]]
    for row in view.rows(_QUEUE):
        yield [row["slot"].isoformat(), "queue", "", row["value"]]
