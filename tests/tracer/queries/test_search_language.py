"""The search language: what a query means as a tree, and where it goes wrong."""

import re
import time
from datetime import UTC, datetime
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer.errors import TracerError
from tracer.queries.search_language import (
    DEEPEST,
    KEYS,
    MOST_CHARACTERS,
    MOST_TERMS,
    STATUSES,
    Ago,
    And,
    At,
    Between,
    Contains,
    Flag,
    Like,
    Named,
    Node,
    Not,
    Or,
    SearchError,
    Term,
    Whole,
    Within,
    parse,
)
from tracer.reasons import CLASSES


def word(text: str) -> Term:
    return Term(None, Contains(text))


A, B, C, D = map(word, "abcd")

TREES: list[tuple[str, Node]] = [
    # words, and how they are joined
    ("a", A),
    ("  a\t", A),
    ("a b", And((A, B))),
    ("a AND b", And((A, B))),
    ("a OR b", Or((A, B))),
    ("a b OR c d", Or((And((A, B)), And((C, D))))),
    ("a (b OR c) d", And((A, Or((B, C)), D))),
    ("a OR b OR c", Or((A, B, C))),
    ("NOT a b", And((Not(A), B))),
    ("NOT (a b)", Not(And((A, B)))),
    ("-a -b", And((Not(A), Not(B)))),
    ("a -(b OR c)", And((A, Not(Or((B, C)))))),
    ("NOT NOT a", A),
    ("NOT -NOT a", Not(A)),
    ("((a))", A),
    ("(a b) c", And((And((A, B)), C))),
    ("a(b)c", And((A, B, C))),
    ("a and b or not c", And((A, word("and"), B, word("or"), word("not"), C))),
    ("ORDER NOTE ANDROID", And((word("ORDER"), word("NOTE"), word("ANDROID")))),
    # text
    ('"user unknown"', word("user unknown")),
    (r'"say \"hi\" \\ (now) OR"', word(r'say "hi" \ (now) OR')),
    ('"a*b?"', word("a*b?")),
    ('"from:x"', word("from:x")),
    ("a-b_c%d'e", word("a-b_c%d'e")),
    ('a"b"', And((A, B))),
    ("a*b?", Term(None, Like("a*b?"))),
    ("a***b", Term(None, Like("a*b"))),
    ("<1@x.example>", Term(None, Whole("1@x.example"))),
    ("2001:db8::1", word("2001:db8::1")),
    # keys
    ("from:Alice", Term("from", Contains("Alice"))),
    ("FROM:Alice", Term("from", Contains("Alice"))),
    ("from:<>", Term("from", Whole(""))),
    ("from:<a@x>", Term("from", Whole("a@x"))),
    ('to:"a b@x"', Term("to", Contains("a b@x"))),
    ("to:*@gmail.com", Term("to", Like("*@gmail.com"))),
    ("-to:a", Not(Term("to", Contains("a")))),
    ("domain:x.example", Term("domain", Whole("x.example"))),
    ("msgid:1@x", Term("msgid", Contains("1@x"))),
    ("qid:34EF119428B", Term("qid", Whole("34EF119428B"))),
    ("qid:34EF119428B:", Term("qid", Whole("34EF119428B"))),
    ("qid:34EF*", Term("qid", Like("34EF*"))),
    ("client:mail", Term("client", Contains("mail"))),
    ("client:192.0.2", Term("client", Contains("192.0.2"))),
    ("client:192.0.2.1", Term("client", Within(ip_network("192.0.2.1")))),
    ("client:192.0.2.9/24", Term("client", Within(ip_network("192.0.2.0/24")))),
    ("client:192.0.2.*", Term("client", Like("192.0.2.*"))),
    ("relay:2001:DB8::/32", Term("relay", Within(ip_network("2001:db8::/32")))),
    ("relay:::1", Term("relay", Within(ip_network("::1")))),
    ("status:Bounced", Term("status", Whole("bounced"))),
    ("status:*deliverable", Term("status", Like("*deliverable"))),
    ("class:User-Unknown", Term("class", Whole("user_unknown"))),
    ("class:*_unknown", Term("class", Like("*_unknown"))),
    ("dsn:5.1.1", Term("dsn", Whole("5.1.1"))),
    ("dsn:5.1.*", Term("dsn", Like("5.1.*"))),
    ("dsn:5", Term("dsn", Like("5.*"))),
    ("dsn:4.7", Term("dsn", Like("4.7.*"))),
    ("dsn:?.1.1", Term("dsn", Like("?.1.1"))),
    ("spam:>5", Term("spam", Between(5, None, has_low=False))),
    ("spam:>=-0.5", Term("spam", Between(-0.5, None))),
    ("spam:-2..3", Term("spam", Between(-2, 3))),
    ("spam:5", Term("spam", Between(5, 5))),
    ("spam:yes", Term("spam", Flag(is_yes=True))),
    ("spam:no", Term("spam", Flag(is_yes=False))),
    ("virus:*", Term("virus", Like("*"))),
    ("size:>1M", Term("size", Between(1 << 20, None, has_low=False))),
    ("size:<5M spam:>5", And((
        Term("size", Between(None, 5 << 20, has_high=False)),
        Term("spam", Between(5, None, has_low=False)),
    ))),
    ("size:10k..1.5m", Term("size", Between(10240, 1.5 * (1 << 20)))),
    ("size:<=1G", Term("size", Between(None, 1 << 30))),
    ("size:=100", Term("size", Between(100, 100))),
    ("delay:>60s", Term("delay", Between(60, None, has_low=False))),
    ("delay:1h..2d", Term("delay", Between(3600, 172_800))),
    ("after:yesterday", Term("after", Named("yesterday"))),
    ("after:2h", Term("after", Ago(7200))),
    ("before:2026-11-01", Term("before", At(datetime(2026, 11, 1)))),  # noqa: DTZ001
    ("before:2026-11-01T10:00", Term("before", At(datetime(2026, 11, 1, 10)))),  # noqa: DTZ001
    ("before:2026-11-01T10:00Z", Term("before", At(datetime(2026, 11, 1, 10, tzinfo=UTC)))),
    ("after:now", Term("after", Named("now"))),
]  # fmt: skip


@pytest.mark.parametrize(("query", "tree"), TREES, ids=[query for query, _ in TREES])
def test_a_query_means(query: str, tree: Node) -> None:
    assert parse(query) == tree
    assert parse(str(tree)) == tree


def test_every_key_and_status_is_tried_above() -> None:
    tried = " ".join(query for query, _ in TREES)
    assert {key for key in KEYS if f"{key}:" not in tried} == {
        "host", "user", "reason", "subject"  # read like `from`
    }  # fmt: skip
    for key, declared in KEYS.items():
        for example in declared.examples:
            assert parse(example).key == key, example  # type: ignore[union-attr]
    for status in STATUSES:
        assert parse(f"status:{status}") == Term("status", Whole(status))


WRONG = [
    ("class:greylist", 7, "no such class of reasons; did you mean greylisted?"),
    ("class:zzz*", 7, "no such class of reasons: docs/reasons.md lists them"),
    ("", 1, "nothing to search for"),
    (" \t", 1, "nothing to search for"),
    ("a OR", 5, "nothing stands after OR"),
    ("a AND ", 6, "nothing stands after AND"),
    ("OR a", 1, "nothing stands before OR"),
    ("a AND OR b", 7, "nothing stands before OR"),
    ("a (OR b)", 4, "nothing stands before OR"),
    ("NOT", 4, "nothing stands after NOT"),
    ("a (NOT) b", 7, "nothing stands after NOT"),
    ("a - b", 3, "a - is followed by what is not wanted"),
    ("a (b (c)", 3, "this ( has no )"),
    ("a) b", 2, "this ) closes nothing"),
    ("a () b", 4, "something to search for is missing"),
    ('a "b', 3, 'a " has no second one'),
    ('from:"b', 6, 'a " has no second one'),
    ('a ""', 4, "nothing is between the quotes"),
    ('from:"" b', 7, "<> is no text"),
    ("a from: b", 3, "from: has no value: it follows the colon, without a space"),
    ("a to:(b OR c)", 3, "to: has no value: in parentheses each word has its key, as in (to:a OR"),
    ("frm:a", 1, "no key is called frm; did you mean from?"),
    ("x -Statsu:sent", 4, "no key is called statsu; did you mean status?"),
    ("sender:a", 1, "did you mean from?"),
    ("http://x.example/", 1, "Text with a colon stands in quotes"),
    ("a status:defered", 10, "no such status; did you mean deferred?"),
    ("status:zz", 8, f"it is one of {', '.join(STATUSES)}"),
    ("status:que*", 8, "no such status"),
    ("dsn:x", 5, "no such status code: write it as 5.1.1, 5.1.*, or 5"),
    ("dsn:250", 5, "no such status code"),
    ("client:192.0.2.0/33", 8, "no such network"),
    ("client:x/8", 8, "no such network"),
    ("size:big", 6, "it is one with k, m, g behind it or nothing, as in size:>1M"),
    ("size:>", 6, "no such number"),
    ("size:1..", 6, "no such number"),
    ("size:<>", 7, "no such number"),
    ("size:>1h", 6, "no such number"),
    ("size:>1e9", 6, "no such number"),
    ("size:>nan", 6, "no such number"),
    ("spam:>5k", 6, "no such number: it is one, as in spam:>5, spam:5..10 or spam:yes"),
    ("spam:maybe", 6, "spam:yes"),
    ("after:tomorrow", 7, "no such time"),
    ("after:2026-13-01", 7, "no such time"),
    ("after:0001-01-01", 7, "no such time"),
    ("after:9999-12-31", 7, "no such time"),
    ("after:1000000h", 7, "no such time"),
    ("a " * MOST_TERMS + "a", 1, f"at most {MOST_TERMS} words and keys"),
    ("a" * (MOST_CHARACTERS + 1), MOST_CHARACTERS + 1, "at most 2,000 characters"),
    ("(" * (DEEPEST + 1) + "a" + ")" * (DEEPEST + 1), DEEPEST + 1, "at most 20 parentheses"),
]


@pytest.mark.parametrize(("query", "column", "problem"), WRONG, ids=[q[:30] for q, *_ in WRONG])
def test_what_is_wrong_and_where(query: str, column: int, problem: str) -> None:
    with pytest.raises(SearchError, match=re.escape(problem)) as raised:
        parse(query)
    assert raised.value.column == column
    assert isinstance(raised.value, TracerError)


def test_an_error_points_at_its_place() -> None:
    with pytest.raises(SearchError) as raised:
        parse("a status:defered b")
    first, *shown = str(raised.value).split("\n")
    assert first.endswith("(column 10)")
    assert shown == ["    a status:defered b", "             ^"]


@pytest.mark.parametrize(
    "query",
    [
        "(" * 10_000,
        "(" * 10_000 + "a" + ")" * 10_000,
        "NOT " * 499 + "a",
        "-" * 1_999 + "a",
        '<"' + "(" * 1_990,
        "(" * 19 + '"' + "(" * 1_900,
        "a" * 2_000,
        "*a" * 1_000,
        '"' + "\\" * 1_998,
        "from:" * 400,
        "a OR " * 399 + "a",
        "<" * 2_000,
        "\x00\x1b[2J\u202e",
    ],
    ids=lambda query: query[:12],
)
def test_no_query_takes_long(query: str) -> None:
    began = time.process_time()
    try:
        parse(query)
    except SearchError as error:
        assert len(str(error)) < 500  # noqa: PT017
    assert time.process_time() - began < 0.5


# -- the way back ---------------------------------------------------------------------------------

texts = st.text(min_size=1, max_size=12)
angled = st.text(st.characters(exclude_characters="<> \t\r\n()"), min_size=1, max_size=12)
patterns = st.from_regex(r"[a-z@.]{0,4}\*[a-z@.?]{1,4}", fullmatch=True)
free = texts.map(Contains) | angled.map(Whole) | patterns.map(Like)
bounds = st.integers(-(10**9), 10**9).map(lambda thousandths: thousandths / 1000)
numbers = (
    st.tuples(bounds, bounds).map(lambda ends: Between(min(ends), max(ends)))
    | st.builds(lambda low, has: Between(low, None, has_low=has), bounds, st.booleans())
    | st.builds(lambda high, has: Between(None, high, has_high=has), bounds, st.booleans())
)
networks = (st.ip_addresses(v=4) | st.ip_addresses(v=6)).map(lambda a: Within(ip_network(a)))
moments = (
    st.sampled_from(["now", "today", "yesterday"]).map(Named)
    | st.integers(0, 10**9).map(Ago)
    | st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)).map(At)  # noqa: DTZ001
)


def of(key: str | None, values: st.SearchStrategy[object]) -> st.SearchStrategy[Node]:
    return values.map(lambda value: Term(key, value))  # type: ignore[arg-type]


leaves = st.one_of(
    of(None, free),
    *(of(key, free) for key in ("from", "to", "msgid", "host", "reason", "subject", "virus")),
    of("client", free | networks),
    of("size", numbers),
    of("spam", numbers | st.booleans().map(Flag)),
    of("after", moments),
    of("status", st.sampled_from(sorted(STATUSES)).map(Whole)),
    of("class", st.sampled_from(sorted(CLASSES)).map(Whole)),
    of("dsn", st.from_regex(r"[245](\.[0-9]{1,3}){2}", fullmatch=True).map(Whole)),
)
trees = st.recursive(
    leaves,
    lambda inner: (
        inner.filter(lambda node: not isinstance(node, Not)).map(Not)
        | st.lists(inner, min_size=2, max_size=3).map(lambda nodes: And(tuple(nodes)))
        | st.lists(inner, min_size=2, max_size=3).map(lambda nodes: Or(tuple(nodes)))
    ),
    max_leaves=12,
)


@given(trees)
def test_a_tree_is_what_its_text_says(tree: Node) -> None:
    assert parse(str(tree)) == tree


@given(st.text(max_size=60) | st.text('ab "\\()<>:*?-ORNTAD.../', max_size=60))
def test_any_text_is_a_query_or_an_error_with_a_column(query: str) -> None:
    try:
        tree = parse(query)
    except SearchError as error:
        assert 1 <= error.column <= len(query) + 1  # noqa: PT017
    else:
        assert parse(str(tree)) == tree
