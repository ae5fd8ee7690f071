"""What the rules say of events: as SQL for any number of them, and in Python for one.

Both read the same declarations and give the same answers. Nothing here takes more than linear time
in the length of a text that others wrote.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from string import ascii_lowercase, ascii_uppercase
from typing import Any

from tracer.reasons.blockers import DOMAINS, LISTED_BY, LISTS
from tracer.reasons.classes import UNKNOWN
from tracer.reasons.rules import RULES, Rule

COLUMNS = (
    "event",
    "action",
    "stage",
    "reason",
    "reply",
    "reply_code",
    "dsn",
    "dnsbl",
    "relay_host",
)
NAMES_A_LIST = ("blocklisted", "poor_reputation")

# A server's reply begins the text, or follows what smtp(8) writes before it.
_SAID = r"^(?:delivery temporarily suspended: )?(?:host [^ ]+ (?:said|refused to talk to me): )?"
_REPLY = _SAID + r"([45][0-9][0-9])[ -]"
_CODE = rf"(?:{_SAID}[45][0-9][0-9][ -]|\(#)([45]\.[0-9]{{1,3}}\.[0-9]{{1,3}})"
_HOST = (
    r"^(?:delivery temporarily suspended: )?"
    r"(?:connect to|host|lost connection with|conversation with) ([a-z0-9._-]+)\["
)
_DOMAIN = r"([a-z0-9_-]+\.[a-z0-9_-]+)\.?$"
# What is quoted from others: what stands in <>, words with @, and URLs but for their host.
_QUOTED = (
    (r"<[^<>]*>", ""),
    (r"(?:^| )[^ @]*@[^ ]*", " "),
    (r"(https?://[^ /?]*)[^ ]*", r"\1"),
)
_TO_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, and who says so.

    provider: whose server refused our mail, None where it is nobody we know. blocklist: the list
    that is named, None where none is.
    """

    reason_class: str
    provider: str | None
    blocklist: str | None


# -- one event --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Facts:
    """What conditions look at."""

    event: str
    action: str
    stage: str
    text: str
    words: str
    code: str
    reply_code: str
    host: str
    dnsbl: str | None


def classify(row: Mapping[str, Any]) -> Reason:
    """Why an event refused or failed, from those of `COLUMNS` that it has."""
    facts = _facts(row)
    name = next((rule.reason_class for rule, codes in _CODED if _fits(rule, codes, facts)), UNKNOWN)
    domain = _search(_DOMAIN, facts.host)
    return Reason(name, DOMAINS.get(domain or ""), facts.dnsbl or _list(name, facts.words))


def _facts(row: Mapping[str, Any]) -> _Facts:
    text = str(row.get("reply") or row.get("reason") or "").translate(_TO_LOWER)
    dsn = str(row.get("dsn") or "")
    said = _search(_CODE, text) if dsn in ("", "4.0.0", "5.0.0") else None
    words = text
    for pattern, replacement in _QUOTED:
        words = _compiled(pattern).sub(replacement, words)
    host = str(row.get("relay_host") or "").translate(_TO_LOWER)
    return _Facts(
        event=str(row.get("event") or ""),
        action=str(row.get("action") or ""),
        stage=str(row.get("stage") or ""),
        text=text,
        words=words,
        code=said or dsn,
        reply_code=str(row.get("reply_code") or _search(_REPLY, text) or ""),
        host=(_search(_HOST, text) or "") if host in ("", "none") else host,
        dnsbl=row.get("dnsbl"),
    )


# Each rule with its codes, which take longer to spell than to compare.
_CODED = tuple((rule, frozenset(rule.full_codes)) for rule in RULES)


def _fits(rule: Rule, codes: frozenset[str], facts: _Facts) -> bool:
    return (
        (not rule.listed or facts.dnsbl is not None)
        and (not rule.events or facts.event in rule.events)
        and (not rule.actions or facts.action in rule.actions)
        and (not rule.stages or facts.stage in rule.stages)
        and (not codes or facts.code in codes)
        and (not rule.replies or facts.reply_code in rule.replies)
        and (not rule.own or _compiled(rule.own).search(facts.text) is not None)
        and (not rule.words or _compiled(rule.words).search(facts.words) is not None)
    )


def _list(name: str, words: str) -> str | None:
    if name not in NAMES_A_LIST:
        return None
    known = (listed for listed, pattern in LISTS if _compiled(pattern).search(words))
    return next(known, None) or _search(LISTED_BY, words)


def _search(pattern: str, text: str) -> str | None:
    found = _compiled(pattern).search(text)
    return found[1] if found else None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)


# -- any number of events -----------------------------------------------------------------------


def classified(relation: str) -> str:
    """A SELECT of a relation's columns and three more: reason_class, provider, blocklist.

    relation: a table, a view, or a subquery in parentheses, that has all of `COLUMNS`.
    """
    return f"""
    SELECT * EXCLUDE (_text, _words, _code, _reply, _host),
        CASE regexp_extract(_host, {_literal(_DOMAIN)}, 1) {_cases(DOMAINS)} END AS provider,
        coalesce(dnsbl, CASE WHEN reason_class IN ({_listed(NAMES_A_LIST)}) THEN
            coalesce(CASE {_list_cases()} END, nullif(regexp_extract(_words,
                {_literal(LISTED_BY)}, 1), '')) END) AS blocklist
    FROM (
        SELECT *, CASE {" ".join(map(_case, RULES))} ELSE '{UNKNOWN}' END AS reason_class
        FROM (
            SELECT *, {_without_quotes("_text")} AS _words,
                CASE WHEN coalesce(dsn, '') IN ('', '4.0.0', '5.0.0') THEN coalesce(
                    nullif(regexp_extract(_text, {_literal(_CODE)}, 1), ''), dsn)
                    ELSE dsn END AS _code,
                coalesce(reply_code::VARCHAR,
                    regexp_extract(_text, {_literal(_REPLY)}, 1)) AS _reply,
                CASE WHEN coalesce(relay_host, '') IN ('', 'none')
                    THEN regexp_extract(_text, {_literal(_HOST)}, 1)
                    ELSE {_lower("relay_host")} END AS _host
            FROM (
                SELECT *, {_lower("coalesce(nullif(reply, ''), reason, '')")} AS _text
                FROM {relation}
            )
        )
    )
    """


def _case(rule: Rule) -> str:
    return f"WHEN {' AND '.join(_conditions(rule))} THEN '{rule.reason_class}'"


def _conditions(rule: Rule) -> Iterator[str]:
    if rule.listed:
        yield "dnsbl IS NOT NULL"
    for column, values in (
        ("event", rule.events),
        ("action", rule.actions),
        ("stage", rule.stages),
        ("_code", rule.full_codes),
        ("_reply", rule.replies),
    ):
        if values:
            # not IN: DuckDB makes a join of each, which takes ten times as long to prepare
            yield f"list_contains([{_listed(values)}], {column})"
    for column, pattern in (("_text", rule.own), ("_words", rule.words)):
        if pattern:
            yield f"regexp_matches({column}, {_literal(pattern)})"


def _list_cases() -> str:
    return " ".join(
        f"WHEN regexp_matches(_words, {_literal(pattern)}) THEN {_literal(name)}"
        for name, pattern in LISTS
    )


def _cases(values: Mapping[str, str]) -> str:
    return " ".join(f"WHEN {_literal(k)} THEN {_literal(v)}" for k, v in values.items())


def _without_quotes(column: str) -> str:
    expression = column
    for pattern, replacement in _QUOTED:
        expression = (
            f"regexp_replace({expression}, {_literal(pattern)}, {_literal(replacement)}, 'g')"
        )
    return expression


def _lower(expression: str) -> str:
    """ASCII alone: what else has two cases differs between programs."""
    return f"translate({expression}, '{ascii_uppercase}', '{ascii_lowercase}')"


def _listed(values: Iterable[str]) -> str:
    return ", ".join(map(_literal, values))


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
