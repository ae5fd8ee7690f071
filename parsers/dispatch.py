"""The first pass over a batch: headers are split, and each body's likely form is found.

A form is likely where the body holds the form's literal text; the second pass (parsers.extraction)
tells whether its expression fits, and the next likely form is asked for where it does not. So each
line meets one expression, nearly always, and few expressions are compiled for a batch. What a
daemon logs for every message is looked for before the rest (Shape.common).
"""

from collections.abc import Iterable, Sequence

from parsers import headers
from parsers.registry import MAX_BODY, Entry
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


def likely(entries: Iterable[Entry], body: str, after: int) -> int:
    """The number of the first form beyond `after` whose literal text the body holds; 0 for none."""
    if len(body) > MAX_BODY:
        return 0
    return next((e.number for e in entries if e.number > after and e.form.anchors.all_in(body)), 0)


def likely_select(relation: str, entries: Iterable[Entry], *, again: bool) -> str:
    """The same as SQL: `form` of the many bodies of `relation`, where `again` also with `after`."""
    whens = " ".join(f"WHEN {_holds(entry, again)} THEN {entry.number}" for entry in entries)
    return (
        f"SELECT CAST(CASE WHEN length(body) > {MAX_BODY} THEN 0 {whens} ELSE 0 END AS SMALLINT) "
        f"AS form FROM {relation}"
    )


def _holds(entry: Entry, again: bool) -> str:
    anchors = entry.form.anchors
    tests = [
        f"{entry.number} > after" if again else "",
        _any("starts_with", anchors.prefixes),
        _any("ends_with", anchors.suffixes),
        *(_any("contains", texts) for texts in anchors.infixes),
    ]
    return " AND ".join(test for test in tests if test) or "true"


def _any(function: str, texts: Sequence[str]) -> str:
    tests = " OR ".join(f"{function}(body, {quote(text)})" for text in texts)
    return f"({tests})" if len(texts) > 1 else tests
