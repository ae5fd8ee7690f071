"""The first pass over a batch: headers are split, and each body's likely form is found.

A form is likely where the body holds the form's literal text; the second pass (parsers.extraction)
tells whether its expression fits, and the next likely form is asked for where it does not. So each
line meets one expression, nearly always, and few expressions are compiled for a batch.
"""

from collections.abc import Iterable, Sequence

from parsers import headers
from parsers.registry import MAX_BODY, SHARED, Entry, Registry
from parsers.sql import literal, quote

# Of a line: its number, what its header says (stamp where it is year-less, else occurred_at), what
# its body is tried against, and the body.
HEAD_COLUMNS = {
    "line": "BIGINT",
    "stamp": "VARCHAR",
    "occurred_at": "TIMESTAMP",
    "host": "VARCHAR",
    "program": "VARCHAR",
    "instance": "VARCHAR",
    "pid": "BIGINT",
    "daemon": "VARCHAR",
    "body": "VARCHAR",
}


def split_select(relation: str, program: str | None) -> str:
    """HEAD_COLUMNS of the lines of `relation` (line BIGINT, text VARCHAR).

    program: the tag of all lines, which then are bodies without a header. What a line lacks is
    NULL; the daemon and body of a line without a header are '' and the line.
    """
    if program is not None:
        daemon = headers.daemon_of(program)
        return (
            "SELECT line, NULL::VARCHAR AS stamp, NULL::TIMESTAMP AS occurred_at, "
            f"NULL::VARCHAR AS host, {quote(program)} AS program, "
            f"{literal(headers.instance_of(program))}::VARCHAR AS instance, NULL::BIGINT AS pid, "
            f"{quote(daemon)} AS daemon, text AS body FROM {relation}"
        )
    groups = ", ".join(quote(name) for name in headers.HEADER_GROUPS)
    daemons = ", ".join(quote(name) for name in sorted(headers.POSTFIX_DAEMONS))
    return f"""
        SELECT line, CASE WHEN stamp[1] > '9' THEN stamp END AS stamp,
            CASE WHEN stamp[1] <= '9'
                THEN CAST(TRY_CAST(stamp AS TIMESTAMPTZ) AS TIMESTAMP) END AS occurred_at,
            nullif(host, '') AS host, nullif(program, '') AS program,
            CASE WHEN is_postfix THEN split_part(program, '/', 1) END AS instance,
            TRY_CAST(pid AS BIGINT) AS pid,
            CASE WHEN is_postfix THEN 'postfix/' || split_part(program, '/', -1)
                ELSE program END AS daemon,
            CASE WHEN program = '' THEN text ELSE
                substr(text, length(stamp) + length(host) + length(program) + length(pid)
                    + CASE WHEN pid = '' THEN 5 ELSE 7 END) END AS body
        FROM (SELECT line, text, h.stamp AS stamp, h.host AS host, h.program AS program,
                h.pid AS pid, contains(h.program, '/')
                    AND split_part(h.program, '/', -1) IN ({daemons}) AS is_postfix
            FROM (SELECT line, text, regexp_extract(text, {quote("^" + headers.HEADER)},
                    [{groups}]) AS h FROM {relation}))"""


def likely(shapes: Registry, daemon: str, body: str, after: int) -> int | None:
    """The number of the first form beyond `after` whose literal text the body holds."""
    if len(body) > MAX_BODY:
        return None
    for entry in shapes.candidates(daemon):
        if entry.number > after and entry.form.anchors.all_in(body):
            return entry.number
    return None


def likely_sql(shapes: Registry, after: str = "0") -> str:
    """The same as SQL over `daemon` and `body`, for many lines.

    Numbers must ascend in the order in which a daemon's forms are tried, as they do.
    """
    whens = [
        f"WHEN {quote(daemon)} THEN {_first(entries, after)}"
        for daemon, entries in shapes.by_daemon.items()
        if daemon != SHARED
    ]
    shared = _first(shapes.by_daemon.get(SHARED, ()), after)
    return (
        f"CASE WHEN length(body) <= {MAX_BODY} THEN CAST(coalesce("
        f"CASE daemon {' '.join(whens)} END, "
        f"CASE WHEN starts_with(daemon, 'postfix/') THEN {shared} END) AS SMALLINT) END"
    )


def _first(entries: Iterable[Entry], after: str) -> str:
    whens = " ".join(f"WHEN {_holds(entry, after)} THEN {entry.number}" for entry in entries)
    return f"CASE {whens} END" if whens else "NULL"


def _holds(entry: Entry, after: str) -> str:
    anchors = entry.form.anchors
    tests = [
        _any("starts_with", anchors.prefixes),
        _any("ends_with", anchors.suffixes),
        _any("contains", anchors.infixes),
        f"{entry.number} > {after}" if after != "0" else "",
    ]
    return " AND ".join(test for test in tests if test) or "true"


def _any(function: str, texts: Sequence[str]) -> str:
    tests = " OR ".join(f"{function}(body, {quote(text)})" for text in texts)
    return f"({tests})" if len(texts) > 1 else tests
