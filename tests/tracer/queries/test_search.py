"""What a search finds: in a genuine day, and in lines made for what is hard."""

import gzip
import os
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address, ip_network
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tracer.cli import main
from tracer.queries import search, search_few
from tracer.queries.search_conditions import EVER, Conditions, Span
from tracer.queries.search_hits import Hit
from tracer.queries.search_language import KEYS, STATUSES, parse
from tracer.store import Reader, open_reader

DAY = Path(__file__).parents[3] / "sample_logs" / "day"
NOW = datetime(2026, 3, 2, 20, tzinfo=UTC)


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """A store of the day."""
    folder = tmp_path_factory.mktemp("day")
    for log in DAY.glob("mail.log*"):
        os.utime(shutil.copy(log, folder), (1772496000, 1772496000))  # 3 March 2026
    store = folder / "day.duckdb"
    logs = sorted(str(log) for log in folder.glob("mail.log*"))
    assert main(["ingest", "--db", str(store), "--zone", "UTC", *logs]) == 0
    with open_reader(store) as reader:
        yield reader


def found(reader: Reader, query: str, limit: int = 1_000_000) -> list[Hit]:
    return list(search.find(reader, parse(query), NOW, limit=limit).hits)


def ids(reader: Reader, query: str) -> str:
    """The queue ids of what is found, in order of letters; NOQUEUE for each refusal."""
    return " ".join(sorted(hit.queue_id or "NOQUEUE" for hit in found(reader, query)))


# Told from the log by eye and grep.
EXPECTED = [
    ("qid:34EF119428B", "34EF119428B"),
    ("qid:34ef119428b", "34EF119428B"),
    ("34EF119428B", "34EF119428B"),
    ("qid:34EF*", "34EF119428B"),
    ("msgid:<93128-00003.6f15e07bf4@lab.example>", "34EF119428B 58A40194290"),
    ("<93128-00003.6f15e07bf4@lab.example>", "34EF119428B 58A40194290"),
    ("msgid:93128-00003.6F15E07BF4", "34EF119428B 58A40194290"),
    ("host:relay from:erin to:peggy size:1231", "58A40194290"),
    ("user:erin after:2026-03-02T20:00", "210EA1943A6 44F92194461 C0C7919407F"),
    ("user:erin before:2026-03-02", "34EF119428B"),
    ("user:erin client:198.51.100.51 before:2026-03-02T18:00", "1594E1940CD"),
    ("user:erin client:198.51.100.51/31 before:2026-03-02", "34EF119428B"),
    ("to:bob status:bounced", "B707219416C"),
    ("to:tobob@remote.example status:bounced", "B707219416C"),
    ("status:expired", "A49621943B4 E36C7194415"),
    ("status:deleted", "953D91943FD"),
    ("status:deliverable", "4862B194393"),
    ("status:*deliverable", "4862B194393 6D4F01943D5"),
    ("status:held", "1177919412A 2EDE41940DD 534C81943F5 641261940BE 821CE19410F"),
    ("status:discarded", "28CA0194127 9A077194110 9BBFC1940B5 NOQUEUE NOQUEUE"),
    ("status:discarded to:dropped@lab.example", "NOQUEUE NOQUEUE"),
    ("virus:*", "36CD01940B0 38B321940B0 44E5A1940B0 6ED571940CA 768D41942F4 9BBFC1940B5"),
    ("virus:worm", "38B321940B0"),
    ('subject:"lab-hold"', "821CE19410F"),
    ('subject:"quoted"', "38B321940B0"),
    ("subject:see*twice", "4638419412F AAA24194130"),
    ("dsn:5.7.* status:bounced", "03BE9194199 3AFDF19437B B707219416C D2094194190"),
    ("dsn:5.7 status:bounced -dsn:5.7.1", "B707219416C"),
    ("size:>100k", "278EB194135"),
    ("size:14978", "294B819406D"),
    ("size:17000..17600 from:<>", "4AED519403A 4CEE219403B E8E2419404B"),
    ("size:17000..17600 from:<> host:<mx>", "4AED519403A E8E2419404B"),
    ("delay:>12000 dsn:4.4.3", "4BEDA1943F5"),
    ("delay:>3h dsn:4.4.3", "4BEDA1943F5"),
    ("relay:127.0.0.41 status:bounced dsn:5.7.1", "3AFDF19437B D2094194190"),
    ("relay:mx.flaky.example status:bounced dsn:5.7.1", "3AFDF19437B D2094194190"),
    ("class:message_too_large", "278EB194135 NOQUEUE"),
    ("class:relay_* status:deferred", "1800719412C 3BDC719416F 3CA0C194422 E8CBB194125"),
    ("class:relay_denied to:bob@lab.example", ""),
    ("class:user_unknown status:undeliverable", "6D4F01943D5"),
    ("class:content_rejected status:discarded", "28CA0194127 9A077194110"),
    ('reason:"size limit"', "278EB194135 A889819444B"),
    ('"size limit" OR status:deleted', "278EB194135 953D91943FD A889819444B"),
    ("jürgen status:bounced", "74B8E19415E 8F596194161"),
    ("JÜRGEN status:bounced", "74B8E19415E 8F596194161"),
    ("client:2001:db8::/32 -status:sent", "NOQUEUE"),
    ("client:2001:db8:0:0::25 -status:sent", "NOQUEUE"),
    ("reason:dnsbl.lab.example after:12h", "NOQUEUE NOQUEUE"),
    ("domain:relayed.example from:double-bounce", "4862B194393 6D4F01943D5 NOQUEUE"),
    ("domain:relayed", ""),
    ("domain:bank.example", "NOQUEUE NOQUEUE NOQUEUE NOQUEUE"),
    ("domain:*.example domain:bank.*", "NOQUEUE NOQUEUE NOQUEUE NOQUEUE"),
]


@pytest.mark.parametrize(("query", "expected"), EXPECTED, ids=[query for query, _ in EXPECTED])
def test_a_query_finds(day: Reader, query: str, expected: str) -> None:
    assert ids(day, query) == expected


def test_every_key_is_tried_above() -> None:
    tried = " ".join(query for query, _ in EXPECTED)
    assert {key for key in KEYS if f"{key}:" not in tried} == {"spam"}  # see below
    assert {status for status in STATUSES if f"status:{status}" not in tried} == {
        "rejected", "queued",  # see below
    }  # fmt: skip


def raw(pattern: str) -> list[str]:
    """What the first group of a pattern is in each line of the day that has it."""
    lines = gzip.decompress((DAY / "mail.log.1.gz").read_bytes()) + (DAY / "mail.log").read_bytes()
    return re.findall(pattern, lines.decode("utf-8", "replace"), re.MULTILINE)


@pytest.mark.parametrize(
    ("query", "pattern"),
    [
        ("from:<>", r": ([0-9A-F]{11}): .*from=<>"),
        ("from:<anna@partner.example>", r": ([0-9A-F]{11}): .*from=<anna@partner\.example>"),
        ("to:*@flaky.example", r": (\w+): to=<[^>]*@flaky\.example>"),
        ("status:deferred", r": (\w+): to=<.*, status=deferred"),
        ("status:bounced", r": (\w+): to=<.*, status=bounced"),
        ("relay:none status:deferred", r": (\w+): to=<.*, relay=none, .*status=deferred"),
    ],
)
def test_messages_are_those_of_the_lines(day: Reader, query: str, pattern: str) -> None:
    hits = found(day, query)
    assert {hit.queue_id for hit in hits if hit.kind == "message"} == set(raw(pattern)) != set()


def test_refusals_are_those_of_the_lines(day: Reader) -> None:
    refused = [hit for hit in found(day, "status:rejected") if hit.kind == "rejected"]
    assert len(refused) == len(raw(r"(NOQUEUE: (?:milter-)?reject: )"))
    assert {hit.outcome for hit in refused} == {"rejected"}


def test_spam_is_found_by_message_id(day: Reader) -> None:
    spam = set(raw(r"spamd: result: Y .*,mid=<([^>]+)>"))
    for query in ("spam:yes", "spam:>5", "spam:1000..1010"):
        hits = found(day, query)
        assert {(hit.message_id or "").strip("<>") for hit in hits} == spam != set()
    unlike = found(day, "NOT (spam:yes OR spam:no)")
    assert not {(hit.message_id or "").strip("<>") for hit in unlike} & spam


def test_queued_is_what_no_line_removes(day: Reader) -> None:
    gone = set(raw(r"(\w+): removed$"))
    queued = {hit.queue_id for hit in found(day, "status:queued")}
    assert queued & set(raw(r"qmgr\[\d+\]: (\w+): from=")) == queued != set()
    assert not queued & gone


@pytest.mark.parametrize("query", ["bob", "from:<> OR to:alice", "-status:sent", "spam:no"])
def test_a_set_and_its_complement_are_all(day: Reader, query: str) -> None:
    def places(text: str) -> set[tuple[datetime, str | None, str | None, str | None]]:
        return {(h.first_at, h.host, h.queue_id, h.reason) for h in found(day, text)}

    everything = places("after:2000-01-01")
    fitting, others = places(query), places(f"NOT ({query})")
    assert fitting
    assert others
    assert fitting | others == everything
    assert not {place for place in fitting & others if place[2]}


@pytest.mark.parametrize(
    "query",
    [
        "alice",
        "qid:34EF119428B",
        "status:deferred",
        "delay:>3h",  # lines long after the message began
        "status:expired OR spam:yes",
        "-status:sent",
        "virus:* -to:dave",
        "client:203.0.113.0/24 dsn:5",
        "user:erin after:2026-03-02T20:00",
        "nobody-at-all",
    ],
)
def test_searching_span_after_span_finds_the_same(
    day: Reader, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    whole = found(day, query)
    monkeypatch.setattr(search, "_TRAFFIC_AT_ONCE", 200)
    assert len(list(search._spans(day))) > 5
    assert found(day, query) == whole
    assert found(day, query, limit=2) == whole[:2]


_TERMS = st.sampled_from([
    "bob", "wörld", "nobody-at-all", "550 5.1.1", "b707219416c", "192.0.2.25", "dnsbl*",
    "from:<>", "from:alice", "from:*@bank.example", "to:bob", "to:<bob@lab.example>",
    "to:*.ex?mple", "to:nobody", "domain:lab.example", "domain:*.test", "msgid:*@lab.example",
    "msgid:none-such", "qid:34EF*", "client:203.0.113.0/24", "client:2001:db8::/32", "client:mx*",
    "host:relay", "host:none", "relay:127.0.0.0/8", "relay:none", "relay:none-such", "user:erin",
    "user:none", "status:sent", "status:expired", "status:discarded", "status:rejected",
    "status:queued", "reason:greylist", "reason:dnsbl.lab.example", "reason:none-such",
    "class:greylisted", "class:content_rejected", "class:mailbox_moved", "subject:lab-hold",
    "subject:none-such", "spam:yes", "spam:no", "spam:>900", "virus:*", "virus:worm",
    "virus:none-such", "dsn:5.7", "dsn:5.9.9", "size:>100k", "delay:>3h", "delay:>9d",
    "after:2026-03-02T20:00", "before:2026-03-02",
])  # fmt: skip
_QUERIES = st.recursive(
    _TERMS,
    lambda inner: (
        st.builds("NOT ({})".format, inner)
        | st.builds("({}) ({})".format, inner, inner)
        | st.builds("({}) OR ({})".format, inner, inner)
        | st.builds("{} {}".format, _TERMS, inner)
    ),
    max_leaves=4,
)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(query=_QUERIES, most=st.sampled_from([3, 20_000]))
def test_what_is_rare_is_found_as_if_all_was_looked_at(day: Reader, query: str, most: int) -> None:
    """Whatever is tried first; `most` is how many lines and messages are few."""
    whole = [(hit.kind, hit.position) for hit in found(day, query)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "_TRAFFIC_AT_ONCE", 300)
        patch.setattr(search_few, "_MOST", most)
        assert [(hit.kind, hit.position) for hit in found(day, query)] == whole
        first = search.find(day, parse(query), NOW, limit=2)
        assert [(hit.kind, hit.position) for hit in first.hits] == whole[:2]
        assert first.is_cut == (len(whole) > 2)


def test_nothing_rare_is_looked_for_span_after_span(
    day: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "_TRAFFIC_AT_ONCE", 200)
    asked: list[Span] = []
    monkeypatch.setattr(Conditions, "began_in", _noting(Conditions.began_in, asked))
    for query in (
        "to:nobody@x.example", "nobody@x.example", "class:mailbox_moved", "relay:none-such",
        "from:nobody status:sent", "virus:none-such", "subject:none-such", "dsn:5.9.9",
        "to:bob status:bounced", "(to:nobody from:alice) OR qid:FFFF", "delay:>9d",
    ):  # fmt: skip
        asked.clear()
        found(day, query)
        assert len({span for span in asked if span != EVER}) <= 2, query


def _noting(
    began_in: Callable[[Conditions, Span], str], asked: list[Span]
) -> Callable[[Conditions, Span], str]:
    def noted(conditions: Conditions, span: Span) -> str:
        asked.append(span)
        return began_in(conditions, span)

    return noted


def test_the_latest_come_first_and_are_cut(day: Reader) -> None:
    everything = found(day, "alice")
    assert [hit.first_at for hit in everything] == sorted(
        (hit.first_at for hit in everything), reverse=True
    )
    assert {hit.kind for hit in everything} == {"message", "rejected"}
    for limit in (1, 7, 600, len(everything) - 1, len(everything)):
        some = search.find(day, parse("alice"), NOW, limit=limit)
        assert (some.count, some.is_cut) == (min(limit, len(everything)), limit < len(everything))
        assert list(some.hits) == everything[:limit]


def test_a_hit_says_what_became_of_it(day: Reader) -> None:
    (message,) = found(day, "qid:B707219416C")
    assert message.first_at.isoformat() == "2026-03-02T15:15:41"
    assert message == Hit(
        kind="message",
        position=message.position,
        first_at=message.first_at,
        last_at=message.first_at,
        host="relay",
        instance="postfix",
        queue_id="B707219416C",
        life=1,
        message_id=message.message_id,
        envelope_sender="alice@lab.example",
        recipients=("bob@lab.example",),
        recipient_count=1,
        size_bytes=1235,
        client_name=message.client_name,
        client_address=message.client_address,
        outcome="bounced",
        dsn="5.7.23",
        reason=message.reason,
    )
    assert (message.reason or "").startswith("host mx.lab.example[127.0.0.10] said: 550 5.7.23")
    (refusal, _) = found(day, "reason:dnsbl.lab.example after:12h")
    assert (refusal.kind, refusal.queue_id, refusal.life, refusal.outcome) == (
        "rejected", None, None, "rejected",
    )  # fmt: skip
    assert (refusal.reason or "").startswith("blocked using dnsbl.lab.example; ")


# -- made for it ----------------------------------------------------------------------------------

StoreOf = Callable[[str], Path]


def log(*bodies: str, hour: int = 12) -> str:
    """Lines of these bodies, a second apart."""
    return "".join(
        f"2026-03-02T{hour:02}:00:{second:02}+00:00 mx {body}\n"
        for second, body in enumerate(bodies)
    )


def to(queue_id: str, recipient: str, status: str, reply: str = "250 OK") -> str:
    dsn = {"sent": "2.0.0", "deferred": "4.2.0", "bounced": "5.1.1"}[status]
    return (
        f"postfix/smtp[1]: {queue_id}: to=<{recipient}>, relay=m.example[192.0.2.9]:25, delay=1, "
        f"delays=0.5/0.1/0.1/0.3, dsn={dsn}, status={status} ({reply})"
    )


def born(queue_id: str, sender: str = "a@x.example") -> list[str]:
    return [
        f"postfix/smtpd[1]: {queue_id}: client=c.example[192.0.2.1]",
        f"postfix/cleanup[1]: {queue_id}: message-id=<{queue_id}@x.example>",
        f"postfix/qmgr[1]: {queue_id}: from=<{sender}>, size=10, nrcpt=2 (queue active)",
    ]


@pytest.fixture
def ask(store_of: StoreOf) -> Callable[[str, str], str]:
    def ids_in(text: str, query: str) -> str:
        with open_reader(store_of(text)) as reader:
            return ids(reader, query)

    return ids_in


FATES = log(
    *born("A1111111111"),
    to("A1111111111", "bob@y.example", "sent"),
    to("A1111111111", "eve@y.example", "bounced"),
    *born("B2222222222"),
    to("B2222222222", "bob@y.example", "deferred"),
    to("B2222222222", "bob@y.example", "sent"),
    *born("C3333333333"),
    to("C3333333333", "eve@y.example", "sent"),
)


@pytest.fixture(scope="module")
def fates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """A store of these."""
    folder = tmp_path_factory.mktemp("fates")
    log_file, store = folder / "mail.log", folder / "fates.duckdb"
    log_file.write_text(FATES)
    assert main(["ingest", "--db", str(store), str(log_file)]) == 0
    with open_reader(store) as reader:
        yield reader


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("to:bob status:bounced", ""),
        ("to:eve status:bounced", "A1111111111"),
        ("(to:bob) status:bounced", ""),
        ("(to:bob status:sent) (to:eve status:bounced)", "A1111111111"),
        ("to:bob to:eve", ""),
        ("(to:bob dsn:*) (to:eve dsn:*)", "A1111111111"),
        ("bob eve", "A1111111111"),
        ("to:bob (status:deferred OR status:bounced)", "B2222222222"),
        ("to:eve (status:deferred OR status:bounced)", "A1111111111"),
        ("to:bob -status:bounced", "B2222222222"),
        ("to:bob -(to:bob status:deferred)", "A1111111111"),
        ("-to:bob", "C3333333333"),
        ("to:bob OR to:eve status:bounced", "A1111111111 B2222222222"),
        ("from:a@x.example status:deferred", "B2222222222"),
        ("from:nobody status:deferred", ""),
        ("after:2026-03-02T12:00:05 status:sent", "B2222222222 C3333333333"),
        ("before:2026-03-02T12:00:05", "A1111111111"),
        ("after:2026-03-02T12:00:04 before:2026-03-02T12:00:05", "A1111111111"),
        ("after:2026-03-02T12:00:05 before:2026-03-02T12:00:05", ""),
    ],
)
def test_side_by_side_is_about_one_delivery(fates: Reader, query: str, expected: str) -> None:
    assert ids(fates, query) == expected


def test_a_reused_queue_id_is_two_messages(store_of: StoreOf) -> None:
    end = "postfix/qmgr[1]: A1111111111: removed"
    first = log(*born("A1111111111"), to("A1111111111", "bob@y.example", "sent"), end)
    second = log(
        *born("A1111111111", "z@x.example"),
        to("A1111111111", "eve@y.example", "bounced"),
        end,
        hour=15,
    )
    with open_reader(store_of(first + second)) as reader:
        assert [hit.life for hit in found(reader, "qid:A1111111111")] == [2, 1]
        (hit,) = found(reader, "to:bob")
        assert (hit.life, hit.envelope_sender, hit.recipients) == (
            1,
            "a@x.example",
            ("bob@y.example",),
        )
        assert not found(reader, "to:bob status:bounced")
        assert not found(reader, "from:z@x.example to:bob")


def test_a_message_without_its_beginning_is_found(store_of: StoreOf) -> None:
    text = log(to("A1111111111", "bob@y.example", "deferred", "try again"))
    with open_reader(store_of(text)) as reader:
        for query in ("to:bob", "again", "qid:A1111111111", "-from:a", "status:deferred"):
            (hit,) = found(reader, query)
            assert (hit.envelope_sender, hit.outcome, hit.reason) == (None, "deferred", "try again")
        assert not found(reader, "from:*")
        assert not found(reader, "from:<>")


def test_times_are_in_the_viewers_zone(store_of: StoreOf) -> None:
    """2 March begins at 05:00 UTC there; on 8 March the clocks are put forward."""
    text = "".join(log(*born(f"{hour:02}111111111"), hour=hour) for hour in (4, 5, 23))
    zone = ZoneInfo("America/New_York")
    with open_reader(store_of(text)) as reader:
        for query, now, hours in [
            ("after:2026-03-02", (3, 9), [23, 5]),
            ("before:2026-03-02", (3, 9), [4]),
            ("after:2026-03-02T18:00", (3, 9), [23]),
            ("after:2026-03-02T23:00Z", (3, 9), [23]),
            ("after:2026-03-02T18:00:03", (3, 9), []),
            ("after:today", (3, 2, 20), [23, 5]),
            ("after:yesterday before:today", (3, 3, 0, 30), [23, 5]),
            ("after:yesterday before:today", (3, 2, 20), [4]),
            ("after:6d", (3, 8, 1), [23]),
            ("after:6d", (3, 8, 19, 0, 2), [23]),  # 144 hours, though the clocks changed
            ("after:6d", (3, 8, 19, 0, 3), []),
            ("before:now after:1w", (3, 8, 23), [23, 5, 4]),
        ]:
            at = datetime(2026, *now, tzinfo=zone)
            hits = list(search.find(reader, parse(query), at).hits)
            assert [hit.first_at.hour for hit in hits] == hours, query


# -- hostile --------------------------------------------------------------------------------------

HOSTILE = [
    "x' OR '1'='1", "'; DROP TABLE messages; --", "$value_0", "$$x$$", "100%", "a_b", "%", "_",
    "(?i)x", "[a-z]+", "a.c", r"\Q", r"\x41", "\\", "{1000}", "|", "^", "a\x00b", "\x1b[2J",
    "\u202egnp", "ß", "🙂", "a\nb",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_text_is_only_ever_text(fates: Reader, text: str) -> None:
    quoted = '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'
    for key in (None, "from", "to", "client", "relay", "reason", "subject", "virus", "domain"):
        assert not found(fates, quoted if key is None else f"{key}:{quoted}"), (key, text)
    assert len(found(fates, "after:2026-01-01")) == 3


@pytest.mark.parametrize("text", ["100%", "a_b", "x'y", "(a+)+$", "[z]", r"a\d", "$1", "é"])
def test_text_finds_itself_and_nothing_like_it(ask: Callable[[str, str], str], text: str) -> None:
    plain = log(*born("A1111111111"), to("A1111111111", "bob@y.example", "sent", f"250 {text} OK"))
    other = re.sub(r"[^\w ]|_|é", "Z", text).replace("d", "5")
    like = log(*born("B2222222222"), to("B2222222222", "b@y.example", "sent", f"250 {other} OK"))
    quoted = '"' + text.replace("\\", "\\\\") + '"'
    assert ask(plain + like, f"reason:{quoted}") == "A1111111111"
    assert ask(plain + like, quoted) == "A1111111111"


@pytest.mark.parametrize(
    "query",
    [
        "a" * 2_000,
        "?" * 2_000,
        "*a" * 1_000,
        " ".join(["bob"] * 50),
        " OR ".join(["to:bob"] * 50),
        " ".join(["-spam:>5"] * 50),
        "(" * 20 + "bob" + ")" * 20,
        "NOT (a " * 20 + "bob" + ")" * 20,
        " ".join(["client:2001:db8::/32 relay:::/0"] * 25),
    ],
    ids=lambda query: query[:12],
)
def test_the_longest_queries_run(fates: Reader, query: str) -> None:
    found(fates, query)


# -- networks -------------------------------------------------------------------------------------


@given(
    st.ip_addresses(v=4) | st.ip_addresses(v=6),
    st.ip_addresses(v=4) | st.ip_addresses(v=6),
    st.integers(0, 128),
)
def test_networks_hold_what_python_says(
    address: IPv4Address | IPv6Address, other: IPv4Address | IPv6Address, bits: int
) -> None:
    for of in (address, other):
        network = ip_network((of, min(bits, of.max_prefixlen)), strict=False)
        sql = Conditions(NOW)
        condition = sql.of_refusal(parse(f"client:{network}"))
        rows = duckdb.sql(
            f"SELECT {condition} FROM (SELECT $text AS client_address)",
            params={"text": str(address), **sql.parameters},
        ).fetchall()
        assert rows == [(address.version == network.version and address in network,)]


@pytest.mark.parametrize("text", ["", "unknown", "1.2.3", "::1::2", ":::", "1:2:3:4:5:6:7:8:9"])
def test_what_is_no_address_is_in_no_network(text: str) -> None:
    sql = Conditions(NOW)
    condition = sql.of_refusal(parse("client:192.0.2.0/24 OR client:2001:db8::/32"))
    rows = duckdb.sql(
        f"SELECT {condition} FROM (SELECT $text AS client_address)",
        params={"text": text, **sql.parameters},
    ).fetchall()
    assert rows == [(False,)]
