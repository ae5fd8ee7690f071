"""Headers split from lines: of batches in SQL, of a single line in Python, both alike."""

import re
from collections.abc import Sequence
from functools import cache

from parsers.headers import journal
from parsers.headers.header import Header
from parsers.headers.programs import daemon_of, daemon_sql, instance_of, is_postfix_sql
from parsers.headers.spellings import (
    LEAD,
    ORIGINS,
    PLAIN,
    RFC3339,
    SOLARIS_ID,
    STAMPS,
    Spelling,
)
from parsers.headers.stamps import (
    is_zoned,
    is_zoned_sql,
    occurred_at_sql,
    read_stamp,
    tidied,
    tidied_sql,
)
from parsers.sql import literal, quote

# Of a line: its number, what its header says (stamp where it has no zone, else occurred_at), what
# its body is tried against, and the body. What a line lacks is NULL; the daemon and body of a line
# without a header are '' and the line.
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
_NIL = "-"  # what RFC 5424 writes for a host that is not known

# -- one line -------------------------------------------------------------------------------------


def split_header(text: str) -> Header | None:
    """The header of a line, or None where it has none."""
    header = _header(text)
    return None if header is None else header._replace(body=header.body.rstrip("\r"))


def _header(text: str) -> Header | None:
    fields = journal.read_fields(text)
    if fields is None:
        return _plain(text) or _other(text)
    inner = journal.container_line(fields)
    return journal.entry_header(fields) if inner is None else _plain(inner) or _other(inner)


def form_of(text: str) -> str | None:
    """What kind of header a line has, in words; None where it has none."""
    if split_header(text) is None:
        return None
    fields = journal.read_fields(text)
    if fields is not None:
        return "systemd's journal" if journal.container_line(fields) is None else "container"
    plain = _plain(text)
    if plain is not None and plain.stamp is not None:
        return "RFC 3339" if is_zoned(plain.stamp) else "RFC 3164"
    rest = _compiled(LEAD).sub("", text, count=1)
    stamp, dated = _fitting(rest, STAMPS), _rewritten(rest, STAMPS)
    origin = _fitting(dated.split("\n", 1)[1], ORIGINS) if dated is not None else None
    return (origin.name if origin is not None else "") or (stamp.name if stamp is not None else "")


def head_of(text: str) -> dict[str, object]:
    """HEAD_COLUMNS of one line, but its number."""
    header = split_header(text)
    if header is None:
        nothing = dict.fromkeys(name for name in HEAD_COLUMNS if name != "line")
        return {**nothing, "daemon": "", "body": text.rstrip("\r")}
    stamp, host, program, pid, body = header
    zoned = stamp if stamp is not None and is_zoned(stamp) else None
    return {
        "stamp": stamp if zoned is None else None,
        "occurred_at": None if zoned is None else read_stamp(zoned, None, "UTC"),
        "host": host,
        "program": program,
        "instance": instance_of(program),
        "pid": pid,
        "daemon": daemon_of(program),
        "body": body,
    }


def _plain(text: str) -> Header | None:
    match = _compiled(PLAIN).match(text)
    if match is None or text.startswith(SOLARIS_ID, match.end()):
        return None
    stamp, host, program, pid = match.groups()
    if stamp[4] == "0":
        stamp = f"{stamp[:4]} {stamp[5:]}"
    return Header(stamp, host, program, int(pid) if pid else None, text[match.end() :])


def _other(text: str) -> Header | None:
    if "\n" in text:  # a container's object may hold one; no line does
        return None
    dated = _rewritten(_compiled(LEAD).sub("", text, count=1), STAMPS)
    if dated is None:
        return None
    stamp, rest = dated.split("\n", 1)
    told = _rewritten(rest, ORIGINS)
    if told is None:
        return None
    host, program, pid, body = told.split("\n", 3)
    return Header(
        tidied(stamp) or None,
        host if host != _NIL and host else None,
        program,
        int(pid) if pid else None,
        body,
    )


def _rewritten(text: str, spellings: Sequence[Spelling]) -> str | None:
    spelling = _fitting(text, spellings)
    if spelling is None:
        return None
    found = _compiled(spelling.pattern).match(text)
    assert found is not None
    return found.expand("\n".join(spelling.parts)) + text[found.end() :]


def _fitting(text: str, spellings: Sequence[Spelling]) -> Spelling | None:
    return next((each for each in spellings if _compiled(each.pattern).match(text)), None)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)


# -- batches --------------------------------------------------------------------------------------


def bodies_select(relation: str, program: str) -> str:
    """HEAD_COLUMNS of lines (line BIGINT, text VARCHAR) that are bodies of one program."""
    return (
        "SELECT line, NULL::VARCHAR AS stamp, NULL::TIMESTAMP AS occurred_at, "
        f"NULL::VARCHAR AS host, {quote(program)} AS program, "
        f"{literal(instance_of(program))}::VARCHAR AS instance, NULL::BIGINT AS pid, "
        f"{quote(daemon_of(program))} AS daemon, text AS body FROM {relation}"
    )


def zoned_select(relation: str) -> str:
    """Whether stamps (text VARCHAR) are as PLAIN has them with a zone, and their time."""
    return (
        f"SELECT regexp_full_match(text, {quote(RFC3339)}) AS is_plain, "
        f"{occurred_at_sql('text')} AS occurred_at FROM {relation}"
    )


def other_select(relation: str) -> str:
    """HEAD_COLUMNS of the lines that are not plain."""
    return f"""
        SELECT line, CASE WHEN NOT {is_zoned_sql("stamp")} THEN nullif(stamp, '') END AS stamp,
            CASE WHEN {is_zoned_sql("stamp")} THEN {occurred_at_sql("stamp")} END AS occurred_at,
            nullif(host, '') AS host, nullif(program, '') AS program,
            CASE WHEN is_postfix THEN split_part(program, '/', 1) END AS instance,
            TRY_CAST(pid AS BIGINT) AS pid, {daemon_sql("program", "is_postfix")} AS daemon, body
        FROM (SELECT *, {is_postfix_sql("program")} AS is_postfix
            FROM (SELECT line, CASE WHEN told IS NOT NULL THEN {tidied_sql("stamp")} END AS stamp,
                    nullif(split_part(told, '\n', 1), {quote(_NIL)}) AS host,
                    coalesce(split_part(told, '\n', 2), '') AS program,
                    split_part(told, '\n', 3) AS pid,
                    coalesce(split_part(told, '\n', 4), text) AS body
                FROM (SELECT line, text, split_part(dated, '\n', 1) AS stamp,
                        {_rewritten_sql("split_part(dated, chr(10), 2)", ORIGINS)} AS told
                    FROM (SELECT line, text, {_rewritten_sql("rest", STAMPS)} AS dated
                        FROM (SELECT line, text, regexp_replace(text, {quote(LEAD)}, '') AS rest
                            FROM {relation})))))"""


def _rewritten_sql(text: str, spellings: Sequence[Spelling]) -> str:
    whens = " ".join(
        f"WHEN regexp_matches({text}, {quote(f'^{each.pattern}')}) "
        f"THEN regexp_replace({text}, {quote(f'^{each.pattern}')}, "
        f"{quote(chr(10).join(each.parts))})"
        for each in spellings
    )
    return f"CASE {whens} END"
