"""The tables of insights: what was found, what it is measured against, and who was told of it.

Each change is one transaction of the store's one writer, and says from which state it begins, so
that of any number of checkers one is heard. Requests and answers are what JSON can hold, as they
may come over the store's socket; times are ISO 8601, naive UTC.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import duckdb

from tracer.store.guard import literal
from tracer.store.reports import ABANDONED, FAILED, SENDING, SENT, retry_after

TABLES = (
    """
    CREATE TABLE insights (
        insight_id BIGINT PRIMARY KEY,
        detector VARCHAR NOT NULL,
        subject VARCHAR NOT NULL,
        severity VARCHAR NOT NULL,
        opened_at TIMESTAMP NOT NULL,
        last_seen_at TIMESTAMP NOT NULL,
        ended_at TIMESTAMP,
        text VARCHAR NOT NULL,
        advice VARCHAR NOT NULL,
        search VARCHAR,
        positions BIGINT[] NOT NULL,
        acknowledged_at TIMESTAMP,
        acknowledged_by VARCHAR
    )
    """,
    """
    CREATE TABLE insight_samples (
        slot TIMESTAMP NOT NULL,
        measure VARCHAR NOT NULL,
        subject VARCHAR NOT NULL,
        value BIGINT NOT NULL
    )
    """,
    """
    CREATE TABLE insight_notices (
        insight_id BIGINT NOT NULL,
        kind VARCHAR NOT NULL,
        route VARCHAR NOT NULL,
        state VARCHAR NOT NULL,
        attempt_count INTEGER NOT NULL,
        claimed_at TIMESTAMP NOT NULL,
        settled_at TIMESTAMP,
        notice VARCHAR NOT NULL,
        error VARCHAR,
        PRIMARY KEY (insight_id, kind, route)
    )
    """,
)
OPENED, ENDED = "opened", "ended"
KEPT_DAYS = 28  # of samples
SAMPLED, CHECKED = "insights_sampled_until", "insights_checked_until"  # keys of `meta`

Request = Mapping[str, Any]
_Connection = duckdb.DuckDBPyConnection


def perform(connection: _Connection, request: Request) -> Any:
    """Do what a request asks for, in the open transaction; gives its answer."""
    return _OPERATIONS[request["do"]](connection, request)


def _sample(connection: _Connection, request: Request) -> bool:
    """Keep samples of since..until; False where somebody else did."""
    if not _advance(connection, SAMPLED, request):
        return False
    for rows in _parts(request["samples"]):
        connection.execute(f"INSERT INTO insight_samples VALUES {rows}")
    oldest = datetime.fromisoformat(request["until"]) - timedelta(days=KEPT_DAYS + 1)
    connection.execute(f"DELETE FROM insight_samples WHERE slot < {literal(oldest)}")
    return True


def _record(connection: _Connection, request: Request) -> bool:
    """Keep what a check of since..until found; False where somebody else did.

    changed: insights by id, with what is to be set. opened: those that are new.
    """
    if not _advance(connection, CHECKED, request):
        return False
    for change in request["changed"]:
        settings = ", ".join(
            f"{name} = {_typed(name, value)}"
            for name, value in change.items()
            if name != "insight_id"
        )
        connection.execute(
            f"UPDATE insights SET {settings} WHERE insight_id = {int(change['insight_id'])}"
        )
    ((last,),) = connection.execute("SELECT coalesce(max(insight_id), 0) FROM insights").fetchall()
    for number, insight in enumerate(request["opened"], last + 1):
        values = {"insight_id": number, **insight}
        connection.execute(
            f"INSERT INTO insights ({', '.join(values)}) "
            f"VALUES ({', '.join(_typed(name, value) for name, value in values.items())})"
        )
    return True


def _acknowledge(connection: _Connection, request: Request) -> bool:
    """Note who has seen an insight; False where there is none that is open and not seen yet."""
    rows = connection.execute(
        f"UPDATE insights SET acknowledged_at = {_typed('at', request['at'])}, "
        f"acknowledged_by = {literal(request['by'])} WHERE acknowledged_at IS NULL "
        f"AND ended_at IS NULL AND insight_id = {int(request['insight_id'])} RETURNING insight_id"
    ).fetchall()
    return bool(rows)


def _claim(connection: _Connection, request: Request) -> dict[str, Any] | None:
    """Claim what is to be told by a route now; None where there is nothing, or it is not time.

    request: the route; at; since: what changed before is too old to tell; urgent_only, as in quiet
    hours; notice: a name for what is told together.
    What an abandoned claim held is claimed under its own name again, alone: it may have been told.
    Otherwise what failed and what is new are told together.
    Gives the notice, whether it `is_taken_over`, and its rows: insight_id and kind.
    """
    route, at = literal(request["route"]), datetime.fromisoformat(request["at"])
    under_way = connection.execute(
        "SELECT notice, max(claimed_at) FROM insight_notices "
        f"WHERE route = {route} AND state = '{SENDING}' GROUP BY notice ORDER BY 2, 1"
    ).fetchall()
    if under_way:
        notice, claimed_at = under_way[0]
        if at < claimed_at + ABANDONED:
            return None
        rows = connection.execute(
            f"UPDATE insight_notices SET attempt_count = attempt_count + 1, "
            f"claimed_at = {literal(at)} WHERE route = {route} AND state = '{SENDING}' "
            f"AND notice = {literal(notice)} RETURNING insight_id, kind"
        ).fetchall()
        return _claimed(notice, at, rows, is_taken_over=True)
    ((attempt_count, claimed_at),) = connection.execute(
        "SELECT max(attempt_count), max(claimed_at) FROM insight_notices "
        f"WHERE route = {route} AND state = '{FAILED}'"
    ).fetchall()
    if claimed_at is not None and at < claimed_at + retry_after(attempt_count):
        return None
    rows = connection.execute(_DUE.format(route=route, **_bounds(request))).fetchall()
    for insight_id, kind in rows:
        connection.execute(
            "INSERT INTO insight_notices VALUES "
            f"({insight_id}, '{kind}', {route}, '{SENDING}', 1, {literal(at)}, NULL, "
            f"{literal(request['notice'])}, NULL) ON CONFLICT DO UPDATE SET state = '{SENDING}', "
            f"attempt_count = attempt_count + 1, claimed_at = excluded.claimed_at, "
            "notice = excluded.notice"
        )
    return _claimed(request["notice"], at, rows, is_taken_over=False) if rows else None


# An end is told with the opening, or to those who were told of that; what somebody has seen before
# it was told needs no telling.
_DUE = f"""
    WITH told AS (SELECT insight_id, kind, state FROM insight_notices WHERE route = {{route}}),
    opened AS (
        SELECT insight_id, ended_at FROM insights i
        WHERE opened_at >= {{since}} AND acknowledged_at IS NULL AND {{severity}}
            AND coalesce((SELECT state = '{FAILED}' FROM told t
                WHERE t.insight_id = i.insight_id AND kind = '{OPENED}'), true)
    )
    SELECT insight_id, '{OPENED}' FROM opened
    UNION ALL
    SELECT insight_id, '{ENDED}' FROM opened WHERE ended_at IS NOT NULL
    UNION ALL
    SELECT insight_id, '{ENDED}' FROM insights i
    WHERE ended_at >= {{since}} AND {{severity}}
        AND insight_id IN (SELECT insight_id FROM told
            WHERE kind = '{OPENED}' AND state = '{SENT}')
        AND coalesce((SELECT state = '{FAILED}' FROM told t
            WHERE t.insight_id = i.insight_id AND kind = '{ENDED}'), true)
"""


def _bounds(request: Request) -> dict[str, str]:
    severity = "severity = 'critical'" if request["urgent_only"] else "true"
    return {"since": _typed("at", request["since"]), "severity": severity}


def _claimed(
    notice: str, at: datetime, rows: list[tuple[int, str]], *, is_taken_over: bool
) -> dict[str, Any]:
    told = [{"insight_id": number, "kind": kind} for number, kind in sorted(rows)]
    return {"notice": notice, "at": at.isoformat(), "rows": told, "is_taken_over": is_taken_over}


def _settle(connection: _Connection, request: Request) -> None:
    """Note what became of a claim, unless somebody took it over meanwhile."""
    connection.execute(
        f"UPDATE insight_notices SET state = {literal(SENT if request['is_sent'] else FAILED)}, "
        f"settled_at = {_typed('at', request['settled_at'])}, error = {literal(request['error'])} "
        f"WHERE route = {literal(request['route'])} AND notice = {literal(request['notice'])} "
        f"AND claimed_at = {_typed('at', request['at'])}"
    )


_OPERATIONS: dict[str, Callable[[_Connection, Request], Any]] = {
    "sample": _sample,
    "record": _record,
    "acknowledge": _acknowledge,
    "claim": _claim,
    "settle": _settle,
}


def _advance(connection: _Connection, clock: str, request: Request) -> bool:
    """Set a clock from `since` (None: it never ran) to `until`; False where it stands elsewhere."""
    rows = connection.execute(f"SELECT value FROM meta WHERE key = '{clock}'").fetchall()
    if (rows[0][0] if rows else None) != request["since"]:
        return False
    connection.execute(
        f"INSERT OR REPLACE INTO meta VALUES ('{clock}', {literal(request['until'])})"
    )
    return True


def _parts(samples: list[list[Any]]) -> list[str]:
    """Samples as VALUES, a thousand at a time."""
    values = [
        f"({_typed('slot', slot)}, {literal(measure)}, {literal(subject)}, {int(value)})"
        for slot, measure, subject, value in samples
    ]
    return [", ".join(values[n : n + 1000]) for n in range(0, len(values), 1000)]


def _typed(name: str, value: Any) -> str:
    """A value as a constant of its column's type."""
    if value is not None and (name in ("at", "slot") or name.endswith("_at")):
        return literal(datetime.fromisoformat(value))
    if name == "positions":
        return f"{literal([int(each) for each in value])}::BIGINT[]"
    return literal(value)
