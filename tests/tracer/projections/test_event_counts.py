"""Events by the quarter of an hour: as many as there are, however lines were cut into batches."""

from collections.abc import Callable
from pathlib import Path

from tracer.store import Reader, open_reader


def test_each_line_counts_where_it_stands(day_reader: Reader) -> None:
    kept = day_reader.query("""
        SELECT quarter, host, program, event, severity, line_count, count, first_position,
            last_position, last_at
        FROM (
            SELECT quarter, host, program, event, severity, sum(line_count)::BIGINT AS line_count,
                sum(count)::BIGINT AS count, min(first_position) AS first_position,
                max(last_position) AS last_position, max(last_at) AS last_at
            FROM event_counts GROUP BY ALL
        )
        ORDER BY ALL
    """)
    told = day_reader.query("""
        SELECT time_bucket(INTERVAL 15 MINUTE, occurred_at) AS quarter, coalesce(host, '') AS host,
            coalesce(program, '') AS program, event, coalesce(severity, '') AS severity,
            count(*) AS line_count, sum(coalesce(repeated, 1))::BIGINT AS count,
            min(position) AS first_position, max(position) AS last_position,
            max(occurred_at) AS last_at
        FROM events GROUP BY ALL ORDER BY ALL
    """)
    assert kept.num_rows > 1000
    assert kept.to_pylist() == told.to_pylist()


def test_results_are_those_of_the_lines(day_reader: Reader) -> None:
    kept = day_reader.query("""
        SELECT event, result, sum(line_count)::BIGINT AS n FROM event_counts
        WHERE result <> '' GROUP BY ALL ORDER BY ALL
    """)
    told = day_reader.query("""
        SELECT event, CASE
            WHEN event = 'spamd.message_scored' THEN CASE WHEN is_spam THEN 'spam' ELSE 'clean' END
            WHEN event IN ('clamav_milter.message_infected', 'clamd.virus_found') THEN virus_name
            WHEN event = 'postfix.delivery_attempted' THEN status
            WHEN event = 'postfix.checked' THEN action
            WHEN event LIKE 'opendkim.signature_%' THEN lower(dkim_result)
            WHEN event = 'policyd_spf.checked' THEN lower(spf_result) END AS result,
            count(*) AS n
        FROM events WHERE result IS NOT NULL AND event <> 'opendkim.signature_examined'
        GROUP BY ALL ORDER BY ALL
    """)
    assert {row["event"] for row in kept.to_pylist()} >= {
        "spamd.message_scored",
        "clamd.virus_found",
    }
    assert kept.to_pylist() == told.to_pylist()


def test_repeats_count_and_lines_without_a_time_are_in_no_range(
    store_of: Callable[[str], Path],
) -> None:
    line = "2026-03-01T10:{}:00+00:00 mx postfix/qmgr[1]: {}4Zx00000001z1: removed{}\n"
    log = (
        line.format(14, "", "")
        + line.format(14, "message repeated 3 times: [ ", "]")
        + line.format(15, "", "")
        + "no header\n"
    )
    with open_reader(store_of(log)) as reader:
        rows = reader.query("""
            SELECT strftime(quarter, '%H:%M') AS quarter, line_count, count FROM event_counts
            WHERE isfinite(quarter) ORDER BY quarter
        """).to_pylist()
        (rest,) = reader.query(
            "SELECT event, line_count FROM event_counts WHERE NOT isfinite(quarter)"
        ).to_pylist()
    assert [tuple(row.values()) for row in rows] == [("10:00", 2, 4), ("10:15", 1, 1)]
    assert rest == {"event": "log.line_unparsed", "line_count": 1}
