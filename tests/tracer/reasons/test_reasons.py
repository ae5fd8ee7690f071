"""Reason classes: real wordings, hostile ones, and SQL against Python."""

import gzip
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.registry import registry
from tracer.cli import main
from tracer.reasons import CLASSES, COLUMNS, UNKNOWN, Reason, classified, classify
from tracer.reasons.blockers import LISTS
from tracer.reasons.rules import RULES
from tracer.store import open_reader

SAMPLES = Path(__file__).parents[3] / "sample_logs"
WORDINGS = Path(__file__).with_name("wordings.txt")
SESSION = "from=<a@x.example> to=<b@y.example> proto=ESMTP helo=<x.example>"
Row = Mapping[str, Any]


def parsed(line: str) -> Row:
    """The event of a line without its header: `program: message`."""
    program, body = line.split(": ", 1)
    event, fields = registry().match(program, body)
    assert event != "log.line_unparsed", line
    return {"event": event, **fields}


def attempt(dsn: str, reply: str, relay: str = "none") -> str:
    status = "deferred" if dsn.startswith("4") else "bounced"
    return (
        f"postfix/smtp: 0A19F16272B: to=<bob@remote.example>, relay={relay}, delay=1,"
        f" delays=0/0/0/1, dsn={dsn}, status={status} ({reply})"
    )


def answered(reply: str, host: str = "mx.remote.example", verb: str = "said") -> str:
    """A delivery that failed with a reply, its dsn made as smtp(8) makes it."""
    code = re.match(r"[45]\d\d[ -]([45]\.\d{1,3}\.\d{1,3}) ", reply)
    return attempt(
        code[1] if code else f"{reply[0]}.0.0",
        f"host {host}[192.0.2.1] {verb}: {reply} (in reply to RCPT TO command)",
        f"{host}[192.0.2.1]:25",
    )


def refused(text: str) -> str:
    return f"postfix/smtpd: NOQUEUE: reject: RCPT from x.example[192.0.2.1]: {text}; {SESSION}"


def filtered(text: str) -> str:
    return (
        "postfix/cleanup: 5EAA2162817: milter-reject: END-OF-MESSAGE from x.example[192.0.2.1]:"
        f" {text}; {SESSION}"
    )


def proxied(text: str) -> str:
    return f"postfix/smtpd: proxy-reject: END-OF-MESSAGE: {text}; {SESSION}"


def in_sql(rows: Iterable[Row]) -> list[Reason]:
    with duckdb.connect() as connection:
        columns = ", ".join(
            f"{name} {'BIGINT' if name == 'reply_code' else 'VARCHAR'}" for name in COLUMNS
        )
        connection.execute(f"CREATE TABLE rows (number INTEGER, {columns})")
        connection.executemany(
            f"INSERT INTO rows VALUES (?{', ?' * len(COLUMNS)})",
            [[n, *(row.get(name) for name in COLUMNS)] for n, row in enumerate(rows)],
        )
        found = connection.execute(
            f"SELECT reason_class, provider, blocklist FROM ({classified('rows')}) ORDER BY number"
        ).fetchall()
    return [Reason(*row) for row in found]


def wordings(kind: str) -> Iterator[tuple[str, str]]:
    """The lines of one kind in wordings.txt, each with the class above it."""
    section = name = ""
    for line in WORDINGS.read_text("utf-8").splitlines():
        if line.startswith("== "):
            section, name = re.split(r"\W", line[3:])[0], ""
        elif line.startswith("-- "):
            name = line[3:]
        elif line and section == kind:
            yield name, line


LINES = [
    *((name, answered(text)) for name, text in wordings("replies")),
    *((name, refused(text)) for name, text in wordings("refusals")),
    *((name, filtered(text)) for name, text in wordings("milters")),
    *((name, proxied(text)) for name, text in wordings("proxies")),
    *((name, attempt(*text.split(" ", 1))) for name, text in wordings("failures")),
]


@pytest.mark.parametrize(("name", "line"), LINES)
def test_real_wordings_have_their_class(name: str, line: str) -> None:
    assert classify(parsed(line)).reason_class == name


def test_sql_and_python_agree_on_real_wordings() -> None:
    assert len(LINES) > 250
    rows = [parsed(line) for _, line in LINES]
    assert in_sql(rows) == [classify(row) for row in rows]


@pytest.mark.parametrize("name", CLASSES)
def test_each_class_has_a_sample_and_says_what_to_do(name: str) -> None:
    declared = CLASSES[name]
    assert classify(parsed(declared.sample)).reason_class == name
    assert not declared.title.endswith(".")
    assert declared.advice.endswith(".")
    assert "\n" not in declared.title + declared.advice


def test_each_rule_names_a_declared_class() -> None:
    assert {rule.reason_class for rule in RULES} | {UNKNOWN} == set(CLASSES)


def test_a_reply_that_greets_with_no_is_read_like_one_to_a_command() -> None:
    reply = "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org"
    suspended = attempt(
        "4.7.1",
        "delivery temporarily suspended: host mx.x.example[192.0.2.1] refused to talk to me:"
        f" {reply}",
    )
    for line in (answered(reply, verb="refused to talk to me"), suspended):
        assert classify(parsed(line)) == Reason("blocklisted", None, "Spamhaus")


def test_attempts_before_the_last_server_are_classified_by_the_codes_in_their_text() -> None:
    line = (
        "postfix/smtp: 0A19F16272B: host mx.x.example[192.0.2.1] said: 550 5.1.1 no (in reply to"
        " RCPT TO command)"
    )
    assert classify(parsed(line)).reason_class == "user_unknown"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("550 5.1.1 words", "user_unknown"),
        ("550 5.7.20 words", "dkim_failed"),
        ("450 4.7.0 words", "policy_rejected"),
        ("450 4.2.0 words", "temporarily_unavailable"),
        ("552 words", "mailbox_full"),
        ("553 words", "address_invalid"),
        ("421 words", "temporarily_unavailable"),
        ("550 words", "unknown"),
    ],
)
def test_what_no_word_explains_falls_back_to_codes(text: str, name: str) -> None:
    assert classify(parsed(answered(text))).reason_class == name


# -- hostile text ---------------------------------------------------------------------------------

LURES = (
    "virus",
    "user unknown",
    "Relay access denied",
    "blocked using zen.spamhaus.org",
    "greylisted",
    "SPF fail",
    "mailbox full",
    "host x[192.0.2.1] said: 550 5.7.23 SPF",
)


@pytest.mark.parametrize("lure", LURES)
@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("554 5.7.1 <{0}@x.example>: Relay access denied", "relay_denied"),
        ("450 4.1.8 <a@{0}.example>: Sender address rejected: Domain not found", None),
        ("504 5.5.2 <{0}>: Helo command rejected: need fully-qualified hostname", "helo_rejected"),
        ("550 5.1.1 <{0}>: Recipient address rejected: User unknown", "user_unknown"),
        ("554 5.7.1 <{0}@x.example>: Recipient address rejected: Access denied", "policy_rejected"),
    ],
)
def test_addresses_and_helo_decide_nothing(lure: str, text: str, name: str | None) -> None:
    row = parsed(refused(text.format(lure)))
    assert classify(row) == Reason(name or "sender_domain_unknown", None, None)


@pytest.mark.parametrize("lure", LURES)
def test_what_a_reply_quotes_decides_nothing(lure: str) -> None:
    for text, name in (
        (f"550 5.7.1 <{lure}@x.example>: Recipient address rejected: Access denied", "policy"),
        (f"552 <{lure}>: message too large", "message_too_large"),
        (
            f"554 {lure.replace(' ', '')}@x.example banned, see http://x.example/{lure[:3]}",
            "policy",
        ),
    ):
        assert classify(parsed(answered(text))).reason_class.startswith(name), text
        assert classify(parsed(answered(text))).blocklist is None


@pytest.mark.parametrize("lure", LURES)
def test_the_code_of_a_reply_outranks_its_words(lure: str) -> None:
    assert classify(parsed(answered(f"550 5.7.20 {lure}"))).reason_class == "dkim_failed"


@pytest.mark.parametrize("lure", LURES)
def test_headers_and_bodies_decide_nothing(lure: str) -> None:
    line = (
        f"postfix/cleanup: E07CC162832: reject: header Subject: {lure} from x.example[192.0.2.1];"
        " from=<a@x.example> to=<b@y.example> proto=ESMTP helo=<x.example>: 5.7.1 not here"
    )
    assert classify(parsed(line)) == Reason("content_rejected", None, None)


def test_a_server_is_whose_its_name_is_not_whose_it_says() -> None:
    for host in ("outlook.com.evil.example", "notoutlook.com", "evil-google.com"):
        reply = "550 5.7.1 [mail.protection.outlook.com] google.com says no"
        assert classify(parsed(answered(reply, host))).provider is None


@pytest.mark.parametrize("part", ["<", "http://", "a@", " @", "exceeds the ", "said: 550 ", "ip "])
def test_long_text_takes_linear_time(part: str) -> None:
    reply = f"host x.example[192.0.2.1] said: 550 {part * 40_000}"
    started = time.process_time()
    classify({"event": "postfix.delivery_attempted", "dsn": "5.0.0", "reply": reply})
    assert time.process_time() - started < 2


# Pieces of rules and of noise, so that most texts come near to some rule.
PIECES = sorted(
    {
        piece
        for rule in RULES
        for piece in re.findall(r"[a-z0-9' .:-]{3,}", rule.own + "|" + rule.words)
    }
    | {pattern for _, pattern in LISTS}
    | {"host x.google.com[192.0.2.1] said: ", "550 ", "5.7.1 ", "4.2.2 ", "<", ">", "@", "http://"}
)
TEXTS = (
    st.lists(
        st.one_of(st.sampled_from(PIECES), st.text(max_size=5), st.sampled_from("K\u212aſİé\t /?")),
        max_size=6,
    )
    .map("".join)
    .filter(lambda text: "\0" not in text)
)
CODES = sorted({code for rule in RULES for code in rule.full_codes} | {"5.0.0", "4.0.0"})
ROWS = st.fixed_dictionaries(
    {
        "event": st.sampled_from(
            ["postfix.rejected", "postfix.delivery_attempted", "postfix.server_refused", "x"]
        ),
        "action": st.sampled_from(["reject", "milter-reject", None]),
        "stage": st.sampled_from(["RCPT", "header", None]),
        "reason": st.one_of(st.none(), TEXTS),
        "reply": st.one_of(st.none(), TEXTS),
        "reply_code": st.one_of(st.none(), st.integers(400, 599)),
        "dsn": st.one_of(st.none(), st.sampled_from(CODES)),
        "dnsbl": st.one_of(st.none(), st.none(), st.just("zen.spamhaus.org")),
        "relay_host": st.one_of(
            st.none(), st.sampled_from(["none", "MX.L.Google.COM", "a.outlook.com.", "x"])
        ),
    }
)


@given(st.lists(ROWS, min_size=20, max_size=60))
@settings(max_examples=25, deadline=None)
def test_sql_and_python_agree_on_anything(rows: list[Row]) -> None:
    assert in_sql(rows) == [classify(row) for row in rows]


# -- who blocks us --------------------------------------------------------------------------------


@pytest.mark.parametrize("line", [line for _, line in wordings("blocks")])
def test_who_blocks_us(line: str) -> None:
    host, provider, blocklist, reply = line.split(" | ")
    row = parsed(answered(reply, host))
    found = classify(row)
    assert found.reason_class in ("blocklisted", "poor_reputation")
    assert (found.provider or "", found.blocklist or "") == (provider, blocklist)
    assert in_sql([row]) == [found]


def test_a_host_that_was_never_reached_is_of_its_provider_too() -> None:
    row = parsed(attempt("4.4.1", "connect to mx.yandex.ru[192.0.2.1]:25: Connection timed out"))
    assert classify(row) == Reason("connection_failed", "Yandex", None)


# -- the views ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All sample logs in one file: a source each takes longer."""
    folder = tmp_path_factory.mktemp("reasons")
    log, path = folder / "mail.log", folder / "s.duckdb"
    contents = {path: path.read_bytes() for path in sorted(SAMPLES.rglob("*.log*"))}
    log.write_bytes(
        b"".join(
            gzip.decompress(content) if path.suffix == ".gz" else content
            for path, content in contents.items()
        )
    )
    assert main(["ingest", "--db", str(path), "--zone", "UTC", str(log)]) == 0
    return path


def test_views_hold_every_rejection_and_failure_with_what_python_says(store: Path) -> None:
    with open_reader(store) as reader:
        events = {
            row["position"]: row
            for row in reader.query(
                "SELECT * FROM events WHERE event = 'postfix.rejected' OR "
                "event = 'postfix.delivery_attempted' AND status IN "
                "('deferred', 'bounced', 'expired', 'undeliverable')"
            ).to_pylist()
        }
        rejections = reader.query("SELECT * FROM rejections").to_pylist()
        failures = reader.query("SELECT * FROM delivery_failures").to_pylist()
    assert len(rejections) + len(failures) == len(events) > 500
    for row in (*rejections, *failures):
        reason = classify(events[row["position"]])
        assert row["reason_class"] == reason.reason_class != UNKNOWN
        assert row["blocklist"] == reason.blocklist
        assert row.get("provider") == reason.provider
