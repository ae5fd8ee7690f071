"""The first pass over a batch, as SQL: headers are split and each line's form is found.

Literal text is tested before a regular expression is; the first form that fits the whole body
wins. Lines are sorted by daemon before and by form after: where a vector of 2,048 lines holds
many kinds, DuckDB spends most of its time on switching between their expressions.
"""

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache

from parsers import headers
from parsers.registry import MAX_BODY, Entry, Registry
from parsers.sql import quote

_PLACE = "position, source_id, generation, byte_offset"


def candidates(shapes: Registry, texts: Iterable[str], program: str | None) -> frozenset[int]:
    """Numbers of the forms whose literal text any of these lines holds.

    For few lines this costs less than having DuckDB compile every form's expression.
    """
    found: set[int] = set()
    for text in texts:
        if program is not None:
            daemon, body = headers.daemon_of(program), text
        elif header := headers.split_header(text):
            daemon, body = headers.daemon_of(header[2]), header[4]
        else:
            continue
        for entry in shapes.candidates(daemon):
            form = entry.form
            if entry.number not in found and body.startswith(form.prefix) and form.infix in body:
                found.add(entry.number)
    return frozenset(found)


@lru_cache(64)
def headed_select(
    relation: str, shapes: Registry, program: str | None, among: frozenset[int] | None
) -> str:
    """The lines of `relation` as place, header parts, body, is_postfix and shape (form number).

    among: the forms to try; None for all.
    """
    return f"""
        SELECT {_PLACE}, stamp, host, program, pid, body,
            starts_with(daemon, 'postfix/') AS is_postfix, {_dispatch(shapes, among)} AS shape
        FROM ({_split(relation, program)} ORDER BY daemon) ORDER BY shape"""


def _split(relation: str, program: str | None) -> str:
    if program is not None:
        return (
            f"SELECT {_PLACE}, '' AS stamp, '' AS host, {quote(program)} AS program, '' AS pid, "
            f"{quote(headers.daemon_of(program))} AS daemon, text AS body FROM {relation}"
        )
    groups = ", ".join(quote(name) for name in headers.HEADER_GROUPS)
    daemons = ", ".join(quote(name) for name in sorted(headers.POSTFIX_DAEMONS))
    return f"""
        SELECT {_PLACE}, stamp, host, program, pid,
            CASE WHEN contains(program, '/') AND split_part(program, '/', -1) IN ({daemons})
                THEN 'postfix/' || split_part(program, '/', -1) ELSE program END AS daemon,
            CASE WHEN program = '' THEN text ELSE
                text[length(stamp) + length(host) + length(program) + length(pid)
                    + CASE WHEN pid = '' THEN 5 ELSE 7 END:] END AS body
        FROM (SELECT {_PLACE}, text, h.stamp AS stamp, h.host AS host, h.program AS program,
                h.pid AS pid
            FROM (SELECT *, regexp_extract(text, {quote("^" + headers.HEADER)}, [{groups}]) AS h
                FROM {relation}))"""


def _dispatch(shapes: Registry, among: Collection[int] | None) -> str:
    """The number of the form that a body has, as SQL; NULL where none fits."""
    tried = {
        daemon: [e for e in entries if among is None or e.number in among]
        for daemon, entries in shapes.by_daemon.items()
    }
    shared = tried.pop("postfix/*", [])
    own = [f"WHEN {quote(d)} THEN {_first_fit(entries)}" for d, entries in tried.items() if entries]
    chosen = [f"CASE daemon {' '.join(own)} END"] if own else []
    if shared:
        chosen.append(f"CASE WHEN starts_with(daemon, 'postfix/') THEN {_first_fit(shared)} END")
    if not chosen:
        return "CAST(NULL AS SMALLINT)"
    return (
        f"CASE WHEN length(body) <= {MAX_BODY} "
        f"THEN CAST(coalesce({', '.join(chosen)}) AS SMALLINT) END"
    )


def _first_fit(entries: Sequence[Entry]) -> str:
    return f"CASE {' '.join(f'WHEN {_fits(e)} THEN {e.number}' for e in entries)} END"


def _fits(entry: Entry) -> str:
    tests = []
    if entry.form.prefix:
        tests.append(f"starts_with(body, {quote(entry.form.prefix)})")
    if entry.form.infix:
        tests.append(f"contains(body, {quote(entry.form.infix)})")
    tests.append(f"regexp_full_match(body, {quote(entry.form.pattern)})")
    return " AND ".join(tests)
