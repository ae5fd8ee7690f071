"""What became of a message: told from genuine and from forged lines."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tracer.queries import trace
from tracer.queries.trace import MessageTrace
from tracer.store import Reader, open_reader

SAMPLES = Path(__file__).parents[3] / "sample_logs"

Ask = Callable[..., list[MessageTrace]]


def log(*bodies: str, host: str = "mx", minute: int = 0) -> str:
    """Lines of these bodies, a second apart; a body begins with its program."""
    lines = []
    for second, body in enumerate(bodies):
        program, _, rest = body.partition(": ")
        tag = program if program == "dovecot" else f"{program}[77]"
        lines.append(f"2026-11-24T12:{minute:02}:{second:02}+00:00 {host} {tag}: {rest}\n")
    return "".join(lines)


def message(queue_id: str = "9BB5B162711", message_id: str = "<1@x.example>") -> list[str]:
    return [
        f"postfix/smtpd: {queue_id}: client=c.example[192.0.2.1]",
        f"postfix/cleanup: {queue_id}: message-id={message_id}",
        f"postfix/qmgr: {queue_id}: from=<a@x.example>, size=10, nrcpt=1 (queue active)",
    ]


def to(queue_id: str, recipient: str, status: str, relay: str = "m.example[192.0.2.9]:25") -> str:
    return (
        f"postfix/smtp: {queue_id}: to=<{recipient}>, relay={relay}, delay=1, "
        f"delays=0.5/0.1/0.1/0.3, dsn=2.0.0, status={status}"
    )


ID = "9BB5B162711"
SENT = to(ID, "b@y.example", "sent (250 OK)")
REMOVED = f"postfix/qmgr: {ID}: removed"


@pytest.fixture
def ask(store_of: Callable[[str], Path]) -> Iterator[Ask]:
    """Traces the terms in a store of the text; the messages of all of them."""
    readers: list[Reader] = []

    def find(text: str, *terms: str, **options: int) -> list[MessageTrace]:
        readers.append(open_reader(store_of(text)))
        found = trace.find(readers[-1], terms or (ID,), **options)
        return [message for f in found for message in f.messages]

    yield find
    for reader in readers:
        reader.close()


@pytest.mark.parametrize(
    ("bodies", "state", "sentence"),
    [
        ([*message(), SENT, REMOVED], "delivered", "delivered to 1 of 1 recipient"),
        (
            [*message(), SENT],
            "delivered",
            "delivered to 1 of 1 recipient; its removal from the queue is not in the logs",
        ),
        (
            [SENT, REMOVED],
            "delivered",
            "delivered to 1 of 1 recipient; its beginning is not in the logs",
        ),
        (
            [*message(), SENT, to(ID, "c@y.example", "bounced (550 no)"), REMOVED],
            "partly_delivered",
            "delivered to 1 of 2 recipients, bounced for 1 of 2, reason: 550 no",
        ),
        (
            [*message(), to(ID, "b@y.example", "bounced (550 no)"), REMOVED],
            "bounced",
            "bounced for 1 of 1, reason: 550 no",
        ),
        (
            [
                *message(),
                to(ID, "b@y.example", "deferred (450 first)"),
                to(ID, "b@y.example", "deferred (450 second)"),
            ],
            "deferred",
            "deferred 2 times, last reason: 450 second",
        ),
        (
            [
                *message(),
                to(ID, "b@y.example", "deferred (450 later)"),
                f"postfix/qmgr: {ID}: from=<a@x.example>, status=expired, returned to sender",
                REMOVED,
            ],
            "expired",
            "deferred 1 time, last reason: 450 later; expired, returned to the sender",
        ),
        (
            [*message(), to(ID, "b@y.example", "deferred (450 later)"), SENT, REMOVED],
            "delivered",
            "delivered to 1 of 1 recipient",
        ),
        (message(), "queued", "in the queue, no delivery attempt is in the logs"),
        (
            message()[:2],
            "received",
            "received, but the logs do not show it in the active queue",
        ),
        (
            message()[:1],
            "unfinished",
            "begun, but the logs do not show that a message was received",
        ),
        (
            [*message(), f"postfix/postsuper: {ID}: placed on hold"],
            "held",
            "on hold; it stays in the queue until it is released",
        ),
        (
            [
                *message(),
                f"postfix/postsuper: {ID}: placed on hold",
                f"postfix/postsuper: {ID}: released from hold",
            ],
            "queued",
            "in the queue, no delivery attempt is in the logs",
        ),
        (
            [*message(), f"postfix/postsuper: {ID}: removed"],
            "deleted",
            "deleted from the queue by an administrator",
        ),
        (
            [
                *message(),
                SENT,
                f"postfix/postsuper: {ID}: requeued",
                f"postfix/pickup: AB5B162799: uid=103 from=<a@x.example> orig_id={ID}",
            ],
            "requeued",
            "put back into the queue as AB5B162799; before that, delivered to 1 of 1 recipient",
        ),
        (
            [
                *message()[:1],
                (
                    f"postfix/smtpd: {ID}: reject: DATA from c.example[192.0.2.1]: 550 5.5.3 "
                    "<DATA>: Data command rejected: Multi-recipient bounce; from=<> proto=SMTP"
                ),
            ],
            "rejected",
            "rejected at DATA: Data command rejected: Multi-recipient bounce",
        ),
        (
            [
                *message()[:1],
                (
                    f"postfix/cleanup: {ID}: discard: header Subject: x from c.example[192.0.2.1]; "
                    "from=<a@x.example> to=<b@y.example> proto=ESMTP helo=<c>: dropped by subject"
                ),
            ],
            "discarded",
            "discarded at header: dropped by subject",
        ),
        (
            [*message(), to(ID, "b@y.example", "deliverable (250 OK)"), REMOVED],
            "probed",
            "deliverable: 250 OK",
        ),
        (
            [
                *message(),
                to(ID, "b@y.example", "sent (250 2.0.0 <b@y.example> AbC+/dEf Saved)"),
                (
                    "dovecot: lmtp(b)<531><AbC+/dEf>: sieve: msgid=<1@x.example>: discard action: "
                    "Marked message to be discarded if not explicitly delivered (discard action)"
                ),
                REMOVED,
            ],
            "delivered",
            "delivered to 1 of 1 recipient; discarded by the Sieve script of b",
        ),
    ],
)
def test_the_state_in_one_sentence(ask: Ask, bodies: list[str], state: str, sentence: str) -> None:
    [found] = ask(log(*bodies))
    assert (found.outcome.state, found.outcome.sentence) == (state, sentence)


def test_lives_of_one_queue_id_are_told_apart(ask: Ask) -> None:
    dkim = f"opendkim: {ID}: DKIM-Signature field added (s=k, d=%s.example)"
    text = log(*message(), dkim % "one", SENT, REMOVED) + log(
        *message(message_id="<2@x.example>"), dkim % "two", SENT, REMOVED, minute=1
    )
    first, second = ask(text)
    assert [(m.life, m.lives, m.message_id) for m in (first, second)] == [
        (1, 2, "<1@x.example>"),
        (2, 2, "<2@x.example>"),
    ]
    assert [line.text for m in (first, second) for line in m.lines] == text.splitlines()
    assert [v.detail for m in (first, second) for v in m.verdicts] == [
        "one.example, k",
        "two.example, k",
    ]


def test_only_the_latest_are_shown_and_that_is_said(
    store_of: Callable[[str], Path],
) -> None:
    text = "".join(log(*message(message_id=f"<{n}@x>"), SENT, REMOVED, minute=n) for n in range(4))
    with open_reader(store_of(text)) as reader:
        [found] = trace.find(reader, [ID], limit=2)
        assert ([m.life for m in found.messages], found.is_cut) == ([3, 4], True)
        [found] = trace.find(reader, [ID], limit=4)
        assert ([m.life for m in found.messages], found.is_cut) == ([1, 2, 3, 4], False)


@pytest.mark.parametrize(
    "term",
    [ID, f"{ID}*", f" {ID}: ", "<1@x.example>", "1@x.example", "a@x.example", "b@y.example",
     "<was@y.example>"],
)  # fmt: skip
def test_terms(ask: Ask, term: str) -> None:
    attempt = SENT.replace("<b@y.example>,", "<b@y.example>, orig_to=<was@y.example>,")
    assert [m.queue_id for m in ask(log(*message(), attempt, REMOVED), term)] == [ID]


@pytest.mark.parametrize("term", [ID.lower(), ID[:-1], "", "<2@x.example>", "x.example", "%", "'"])
def test_terms_that_find_nothing(ask: Ask, term: str) -> None:
    assert ask(log(*message(), SENT, REMOVED), term) == []


def test_a_requeue_hours_later_is_found(ask: Ask) -> None:
    text = log(*message(), to(ID, "b@y.example", "deferred (450 later)"))
    text += log(f"postfix/pickup: AB5B162799: uid=103 from=<a@x> orig_id={ID}", minute=50)
    [found] = ask(text)
    assert found.outcome.sentence == (
        "put back into the queue as AB5B162799; before that, deferred 1 time, "
        "last reason: 450 later"
    )
    assert [(r.kind, r.queue_id) for r in found.relations] == [("requeued_as", "AB5B162799")]
    [reborn] = ask(text, "AB5B162799")
    assert [(r.kind, r.queue_id) for r in reborn.relations] == [("requeued_from", ID)]
    [reused, _] = ask(text + log(*message(), minute=40), ID)
    assert reused.outcome.state == "deferred"


def test_a_message_id_that_dovecot_cuts_is_known_by_its_beginning(ask: Ask) -> None:
    long = "<" + "long" * 70 + "@x.example>"
    stored = "dovecot: lmtp(b)<5><s>: sieve: msgid={}...: stored mail into mailbox 'INBOX'"
    [found] = ask(
        log(*message(message_id=long), stored.format(long[:200]), stored.format(long[1:201]))
    )
    assert [line.evidence for line in found.lines if line.is_inferred] == ["message_id"]


def test_deliveries_and_recipients(ask: Ask) -> None:
    [found] = ask(
        log(
            *message(),
            to(ID, "b@y.example", "deferred (450 later)", "none"),
            to(ID, "b@y.example", "sent (250 Ok: queued as CD5DD16271C)"),
            f"postfix/local: {ID}: to=<l@x.example>, orig_to=<all@x.example>, relay=local, "
            "delay=0.1, delays=0.1/0/0/0, dsn=2.0.0, status=sent (forwarded as AB5B162799)",
        )
    )
    assert [(d.recipient, d.relay, d.status, d.reply) for d in found.deliveries] == [
        ("b@y.example", "none", "deferred", "450 later"),
        ("b@y.example", "m.example[192.0.2.9]:25", "sent", "250 Ok: queued as CD5DD16271C"),
        ("l@x.example", "local", "sent", "forwarded as AB5B162799"),
    ]
    assert [(r.recipient, r.original_recipient, r.status, r.attempt_count)
            for r in found.recipients] == [
        ("b@y.example", None, "sent", 2),
        ("l@x.example", "all@x.example", "sent", 1),
    ]  # fmt: skip
    assert found.deliveries[0].delay_connection_setup == 0.1


def test_relations_both_ways(ask: Ask) -> None:
    text = log(
        *message(),
        to(ID, "b@y.example", "sent (250 Ok: queued as CD5DD16271C)", "relay[192.0.2.9]:25"),
        f"postfix/bounce: {ID}: sender delay notification: 40E6A16275A",
        "postfix/cleanup: 40E6A16275A: message-id=<bounce@x.example>",
        "postfix/cleanup: E0E6A16275A: message-id=<1@x.example>",
    ) + log(
        "postfix/smtpd: CD5DD16271C: client=mx[192.0.2.8]",
        "postfix/cleanup: CD5DD16271C: message-id=<1@x.example>",
        host="relay",
    )
    sent, bounce, received = ask(text, ID, "40E6A16275A", "CD5DD16271C")

    def told(message: MessageTrace) -> set[tuple[str, str, str | None, bool]]:
        return {(r.kind, r.queue_id, r.host, r.position is None) for r in message.relations}

    assert told(sent) == {
        ("queued_as", "CD5DD16271C", "relay", False),
        ("notification", "40E6A16275A", "mx", False),
        ("same_message_id", "E0E6A16275A", "mx", True),
    }
    assert told(bounce) == {("notification_of", ID, "mx", False)}
    assert ("received_from", ID, "mx", False) in told(received)
    assert all(relation.is_stored for relation in sent.relations)


def test_a_next_hop_that_is_elsewhere_is_said_to_be(ask: Ask) -> None:
    [found] = ask(log(*message(), to(ID, "b@y.example", "sent (250 Ok: queued as CD5DD16271C)")))
    [relation] = found.relations
    assert (relation.host, relation.is_stored) == ("m.example", False)


SPF = (
    "policyd-spf: : prepend Received-SPF: {} (mailfrom) identity=mailfrom; "
    "client-ip={}; helo=c; envelope-from={}; receiver=x.example "
)


def test_what_is_joined_by_envelope_is_the_nearest_and_marked(ask: Ask) -> None:
    [found] = ask(
        log(
            SPF.format("Fail", "192.0.2.1", "a@x.example"),
            SPF.format("Pass", "192.0.2.1", "a@x.example"),
            SPF.format("Fail", "192.0.2.1", "other@x.example"),
            SPF.format("Fail", "192.0.2.7", "a@x.example"),
            *message(),
            "clamav-milter: Clean message from <a@x.example> to <<b@y.example>>",
            "clamav-milter: Message from <a@x.example> to <<z@y.example>> infected by Eicar",
            SENT,
            SPF.format("Fail", "192.0.2.1", "a@x.example"),
        )
    )
    assert [(v.kind, v.result, v.is_inferred) for v in found.verdicts] == [
        ("spf", "pass", True),
        ("virus", "clean", True),
    ]
    assert {line.evidence for line in found.lines if line.is_inferred} == {"envelope"}


def test_a_session_named_in_the_reply_is_no_inference(ask: Ask) -> None:
    stored = "dovecot: lmtp(b)<5><{}>: sieve: msgid={}: stored mail into mailbox '{}'"
    [found] = ask(
        log(
            *message(),
            stored.format("AbC+/dEf:T2", "unspecified", "Spam"),
            stored.format("other", "<1@x.example>", "INBOX"),
            stored.format("third", "<9@x.example>", "INBOX"),
            to(ID, "b@y.example", "sent (250 2.0.0 <b@y.example> AbC+/dEf:T2 Saved)"),
        )
    )
    assert [(v.result, v.detail, v.is_inferred) for v in found.verdicts] == [
        ("stored", "Spam, b", False),
        ("stored", "INBOX, b", True),
    ]


@pytest.mark.parametrize(
    ("logged", "shown"),
    [  # pairs that postfix/cleanup and spamd logged of one message
        ("<91421-00001.43518247b5@hamster.example>", "<91421-00001.43518247b5@hamster.example>"),
        ("<to=<fake@x.example>, status=sent@x.example>", "<to=?fake@x.example>"),
        ("<nested<angle>@x.example>", "<nested?angle>"),
        ("<has space@x.example>", "<has?space@x.example>"),
        ("<a@b> (comment)", "<a@b>"),
        ("no-brackets@x.example", "<no-brackets@x.example>"),
        ("<comma,comma@x.example>", "<comma_comma@x.example>"),
        ("<é@x.example>", "<??@x.example>"),
    ],
)
def test_spamd_spells_message_ids_its_own_way(ask: Ask, logged: str, shown: str) -> None:
    scored = (
        "spamd: spamd: result: Y 12 - GTUBE scantime=0.1,size=681,user=u,uid=109,"
        f"required_score=5.0,rhost=localhost,raddr=127.0.0.1,rport=42106,mid={shown},"
        "autolearn=disabled"
    )
    [found] = ask(log(*message(message_id=logged), scored, scored.replace("mid=<", "mid=<other")))
    assert [(v.kind, v.result, v.detail) for v in found.verdicts] == [
        ("spam", "spam", "score 12 of 5, GTUBE")
    ]


def test_forged_text_makes_no_evidence(ask: Ask) -> None:
    text = log(
        *message(),
        f"postfix/cleanup: AB5B162799: message-id=<{ID}: removed>",
        f"postfix/smtp: AB5B162799: to=<x@y.example>, relay=none, delay=1, delays=1/0/0/0, "
        f"dsn=2.0.0, status=deferred (host says {ID}: status=sent)",
    )
    [found] = ask(text)
    assert len(found.lines) == 3
    assert found.outcome.state == "queued"


def test_lines_without_a_stamp_or_of_another_host_stay_out(ask: Ask) -> None:
    text = log(*message(), SENT, REMOVED) + log(*message(), host="relay")
    [first, second] = ask(text)
    assert {line.host for line in first.lines} == {first.host}
    assert {first.host, second.host} == {"mx", "relay"}
    assert (first.lives, second.lives) == (1, 1)


def test_absence(store_of: Callable[[str], Path]) -> None:
    with open_reader(
        store_of(log(*message(), SENT, to(ID, "c@y", "sent (x: queued as F00D)")))
    ) as r:
        assert trace.explain_absence(r, ID.lower()).alike == (ID,)
        assert trace.explain_absence(r, ID[:6]).alike == (ID,)
        assert trace.explain_absence(r, "F00D").named_by == (ID,)
        absence = trace.explain_absence(r, "%")
        assert (absence.alike, absence.named_by) == ((), ())
        assert absence.facts.line_count == 5


def test_every_line_of_a_genuine_log_that_bears_a_queue_id_is_in_its_trace(
    store_of: Callable[[str], Path],
) -> None:
    text = (SAMPLES / "day" / "mail.log").read_text()
    with open_reader(store_of(text)) as reader:
        ids = reader.query("""
            SELECT DISTINCT queue_id FROM messages
            QUALIFY row_number() OVER (ORDER BY md5(queue_id)) <= 25
        """)["queue_id"].to_pylist()
        assert len(ids) == 25
        for queue_id in ids:
            bears = re.compile(rf"\]: (?:warning: |Message |Clean message )?{queue_id}\b")
            expected = [line for line in text.splitlines() if bears.search(line)]
            [found] = trace.find(reader, [queue_id], limit=100)
            shown = [
                line.text
                for message in found.messages
                for line in message.lines
                if line.evidence == "queue_id"
            ]
            assert sorted(shown) == sorted(expected), queue_id
