"""The second pass over a batch, as SQL: each form's expression fills its typed columns.

One SELECT in which CASE picks each line's form: lines are sorted by form, so that nearly every
vector holds one, and the others' expressions are not run. A SELECT for each form would take less
time to read and more memory to insert (docs/adr/0003-bulk-loads.md).
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from parsers.columns import STORED_COLUMNS
from parsers.fields import OWN_COLUMNS
from parsers.registry import UNPARSED, Entry, Registry
from parsers.sql import literal, quote
from parsers.templates import PAIR_KEY, PAIR_VALUE, RUN, Capture

STAMP = "$stamp$"  # stands for the time of a year-less stamp
_FIELD_COLUMNS = [name for name in STORED_COLUMNS if name in OWN_COLUMNS or name == "rest"]


def events_of(headed: str, shapes: Registry, present: Iterable[int], stamp: str) -> str:
    """The events of all lines of `headed`, as columns STORED_COLUMNS.

    present: numbers of the forms that lines have; stamp: the time of a year-less stamp as SQL over
    `stamp` and `position`.
    """
    return _events_of(headed, shapes, tuple(sorted(present))).replace(STAMP, stamp)


@lru_cache(64)
def _events_of(headed: str, shapes: Registry, present: tuple[int, ...]) -> str:
    whens: dict[str, list[str]] = {}
    captures = []
    for entry in (shapes.entries[number - 1] for number in present):
        when = f"WHEN {entry.number} THEN"
        whens.setdefault("event", []).append(f"{when} {quote(entry.shape.event)}")
        for name, expression in _column_expressions(entry).items():
            whens.setdefault(name, []).append(f"{when} {expression}")
        if call := _captures_call(entry):
            captures.append(f"CASE shape {when} {call} END AS m{entry.number}")
    cases = {name: f"CASE shape {' '.join(each)} END" for name, each in whens.items()}
    event = f"coalesce({cases.pop('event', 'NULL')}, {quote(UNPARSED)})"
    fields = ", ".join(
        f"{cases.get(name, f'CAST(NULL AS {STORED_COLUMNS[name]})')} AS {name}"
        for name in _FIELD_COLUMNS
    )
    return f"""
        SELECT position, source_id, generation, byte_offset,
            CASE WHEN stamp = '' THEN NULL WHEN stamp[1] > '9' THEN {STAMP}
                ELSE CAST(TRY_CAST(stamp AS TIMESTAMPTZ) AS TIMESTAMP) END AS occurred_at,
            nullif(host, '') AS host, nullif(program, '') AS program,
            CASE WHEN is_postfix THEN split_part(program, '/', 1) END AS instance,
            TRY_CAST(pid AS BIGINT) AS pid, {event} AS event, {fields}
        FROM (SELECT {", ".join(["*", *captures])} FROM {headed})"""


def _captures_call(entry: Entry) -> str:
    """The call that gives a form's captures as a struct g0, g1, ...; `''` where it has none."""
    if not entry.form.captures:
        return ""
    names = ", ".join(quote(f"g{index}") for index in range(len(entry.form.captures)))
    return f"regexp_extract(body, {quote(f'^(?:{entry.form.pattern})$')}, [{names}])"


def _column_expressions(entry: Entry) -> dict[str, str]:
    """Stored column -> typed SQL over the form's captures `m<number>`."""
    columns, rest = {}, []
    for name, expression, nullable in _field_expressions(entry):
        if name in OWN_COLUMNS:
            columns[name] = expression
        else:
            rest.append((name, expression, nullable))
    if rest:
        columns["rest"] = _packed(rest)
    return columns


def _packed(fields: Sequence[tuple[str, str, bool]]) -> str:
    """A JSON object of fields as (name, SQL, nullable); NULL where it would hold nothing."""
    packed = ", ".join(f"{quote(name)}, {expression}" for name, expression, _ in fields)
    if all(nullable for _, _, nullable in fields):
        some = " OR ".join(f"({expression}) IS NOT NULL" for _, expression, _ in fields)
        return f"CASE WHEN {some} THEN json_object({packed})::VARCHAR END"
    return f"json_object({packed})::VARCHAR"


def _field_expressions(entry: Entry) -> Iterator[tuple[str, str, bool]]:
    """(field, typed SQL, nullable) of all that a form fills."""
    for name, value in entry.shape.constants.items():
        yield name, literal(value), False
    for index, capture in enumerate(entry.form.captures):
        group = f"m{entry.number}.g{index}"
        if capture.field != RUN:
            yield capture.field, _typed(capture, group), capture.nullable
            continue
        for reader in entry.form.pair_readers or ():
            pattern = quote(f"^(?:{reader.pattern})$")
            for number, inner in enumerate(reader.captures, start=1):
                value = f"regexp_extract({group}, {pattern}, {number})"
                yield inner.field, _typed(inner, value), True
        yield "extra", f"CAST({_unknown_pairs(group, entry.form.known_keys)} AS JSON)", True


def _typed(capture: Capture, group: str) -> str:
    value = capture.atom.sql.format(f"{group}[2:]" if capture.led else group)
    return f"CASE WHEN {group} <> '' THEN {value} END" if capture.nullable else value


def _unknown_pairs(run: str, known: Iterable[str]) -> str:
    """A JSON object of the pairs of a run whose keys are not known, NULL where there are none."""
    pattern = quote(f", ({PAIR_KEY})=({PAIR_VALUE})")
    names = ", ".join(quote(key) for key in known)
    unknown = (
        f"list_filter(list_zip(regexp_extract_all({run}, {pattern}, 1), "
        f"regexp_extract_all({run}, {pattern}, 2)), lambda pair: pair[1] NOT IN ({names}))"
    )
    rendered = (
        f"list_transform({unknown}, "
        f"lambda pair: to_json(pair[1])::VARCHAR || ':' || to_json(pair[2])::VARCHAR)"
    )
    return f"CASE WHEN len({unknown}) > 0 THEN '{{' || array_to_string({rendered}, ',') || '}}' END"
