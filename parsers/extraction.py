"""The second pass over a batch, as SQL: a form's expression fills its typed columns.

Each form has a statement of its own, which the lines that are likely to have it go through: it
reads nothing but bodies and gives nothing but its own columns, so that it needs little memory and
its expression is compiled once for all of them.
"""

from collections.abc import Iterable, Iterator, Sequence

from parsers.fields import OWN_COLUMNS
from parsers.registry import Entry
from parsers.sql import literal, quote
from parsers.templates import PAIR_KEY, PAIR_VALUE, RUN, Capture

_WHOLE = "whole"  # the group of a form none of whose captures tells whether it fits


def fields_select(relation: str, entry: Entry) -> str:
    """`fits`, and the stored columns that a form fills, of the bodies of `relation`.

    Where the form does not fit, the others hold nothing of use.
    """
    columns = "".join(f", {sql} AS {name}" for name, sql in _column_expressions(entry).items())
    return (
        f"SELECT m.{_telling_group(entry)} <> '' AS fits{columns} "
        f"FROM (SELECT {_captures_call(entry)} AS m FROM {relation})"
    )


def _captures_call(entry: Entry) -> str:
    """The call that gives a form's captures as a struct g0, g1, ...; all '' where it does not fit.

    RE2 gives no other sign, so the struct has a group that holds something where it fits.
    """
    names = [f"g{index}" for index in range(len(entry.form.captures))]
    opened = "(?:"
    if _telling_group(entry) == _WHOLE:
        names, opened = [_WHOLE, *names], "("
    pattern = quote(f"^{opened}{entry.form.pattern})$")
    return f"regexp_extract(body, {pattern}, [{', '.join(map(quote, names))}])"


def _telling_group(entry: Entry) -> str:
    """A group that is never empty where the form fits."""
    for index, capture in enumerate(entry.form.captures):
        if capture.never_empty:
            return f"g{index}"
    return _WHOLE


def _column_expressions(entry: Entry) -> dict[str, str]:
    """Stored column -> typed SQL over the form's captures `m`."""
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
    """(field, typed SQL, nullable) of all that a form fills; see Entry.match for `extra`."""
    own = dict.fromkeys(entry.shape.fields, "NULL")
    for name, value in entry.shape.constants.items():
        yield name, literal(value), False
    for name, expression, nullable in _captured(entry):
        if name in own:
            own[name] = expression
        else:
            yield name, expression, nullable
    form = entry.form
    runs = [f"m.g{index}" for index, each in enumerate(form.captures) if each.field == RUN]
    unknown = _unknown_pairs(runs[0], form.known_keys) if runs else "NULL"
    if own:
        named = ", ".join(f"{quote(name)}, {expression}" for name, expression in own.items())
        # A merge leaves out what is NULL, also where a pair has its name.
        merged = f"json_merge_patch(coalesce({unknown}, '{{}}'), json_object({named}))"
        unknown = f"nullif(CAST({merged} AS VARCHAR), '{{}}')"
    if own or runs:
        yield "extra", f"CAST({unknown} AS JSON)", True


def _captured(entry: Entry) -> Iterator[tuple[str, str, bool]]:
    for index, capture in enumerate(entry.form.captures):
        group = f"m.g{index}"
        if capture.field != RUN:
            yield capture.field, _typed(capture, group), capture.nullable
            continue
        for reader in entry.form.pair_readers:
            pattern = quote(f"^(?:{reader.pattern})$")
            for number, inner in enumerate(reader.captures, start=1):
                value = f"regexp_extract({group}, {pattern}, {number})"
                yield inner.field, _typed(inner, value), True


def _typed(capture: Capture, group: str) -> str:
    value = capture.atom.sql.format(f"{group}[2:]" if capture.led else group)
    return f"CASE WHEN {group} <> '' THEN {value} END" if capture.nullable else value


def _unknown_pairs(run: str, known: Iterable[str]) -> str:
    """A JSON object of the pairs of a run whose keys are not known, NULL where there are none."""
    pattern = quote(f", ({PAIR_KEY})=({PAIR_VALUE})")
    names = ", ".join(quote(key) for key in known)
    unknown = (
        f"list_filter(list_zip(regexp_extract_all({run}, {pattern}, 1), "
        f"regexp_extract_all({run}, {pattern}, 2)), "
        f"lambda pair: NOT list_contains([{names}]::VARCHAR[], pair[1]))"
    )
    rendered = (
        f"list_transform({unknown}, "
        f"lambda pair: to_json(pair[1])::VARCHAR || ':' || to_json(pair[2])::VARCHAR)"
    )
    return f"CASE WHEN len({unknown}) > 0 THEN '{{' || array_to_string({rendered}, ',') || '}}' END"
