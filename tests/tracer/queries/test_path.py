"""The path of a message over filters, forwards, bounces, requeues and hosts, and how it ended."""

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from benchmarks import truth
from sample_logs import expect
from tracer.cli import main, path_json
from tracer.queries import fates, path
from tracer.queries.outcome import Outcome
from tracer.queries.path import Found
from tracer.store import open_reader

StoreOf = Callable[[str], Path]

A, B, C = "9BB5B162711", "AB5B162799", "CD5DD16271C"


def log(*bodies: str, host: str = "mx", minute: int = 0) -> str:
    return "".join(
        f"2026-11-24T12:{minute:02}:{second:02}+00:00 {host} {body}\n"
        for second, body in enumerate(bodies)
    )


def born(queue_id: str, message_id: str = "<1@x>", sender: str = "a@x.example") -> list[str]:
    return [
        f"postfix/smtpd[7]: {queue_id}: client=c.example[192.0.2.1]",
        f"postfix/cleanup[7]: {queue_id}: message-id={message_id}",
        f"postfix/qmgr[7]: {queue_id}: from=<{sender}>, size=10, nrcpt=1 (queue active)",
    ]


def picked_up(queue_id: str, message_id: str = "<1@x>", sender: str = "a@x.example") -> list[str]:
    return [
        f"postfix/pickup[7]: {queue_id}: uid=109 from=<{sender}>",
        *born(queue_id, message_id)[1:],
    ]


def to(
    queue_id: str, recipient: str, status: str, by: str = "smtp", relay: str = "m[192.0.2.9]:25"
) -> str:
    return (
        f"postfix/{by}[7]: {queue_id}: to=<{recipient}>, relay={relay}, delay=1, "
        f"delays=0.5/0.1/0.1/0.3, dsn=2.0.0, status={status}"
    )


def removed(queue_id: str) -> str:
    return f"postfix/qmgr[7]: {queue_id}: removed"


def ask(db: Path, *terms: str) -> list[Found]:
    with open_reader(db) as reader:
        return path.find(reader, terms or (A,))


def told(found: Found) -> list[tuple[str, str, str, bool]]:
    """Links by queue ids."""
    [p] = found.paths
    names = {n: m.queue_id for n, m in zip(p.numbers, p.messages, strict=True)}
    return [(k.kind, names[k.origin], names[k.target], k.is_certain) for k in p.links]


PIPED = to(A, "b@y.example", "sent (delivered via spamassassin service)", "pipe", "spamassassin")


def test_behind_pipe_the_nearest_with_the_message_id_is_the_same_message(store_of: StoreOf) -> None:
    db = store_of(
        log(
            *born(A),
            *picked_up(B),
            PIPED,
            removed(A),
            to(B, "b@y.example", "sent (250 ok)"),
            removed(B),
        )
    )
    for term in (A, B):
        [found] = ask(db, term)
        assert told(found) == [("reinjected", A, B, False)]
        [fate] = found.paths[0].recipients
        assert (fate.recipient, fate.outcome, fate.relay_host) == ("b@y.example", "relayed", "m")


def test_what_a_filter_throws_away_is_discarded(store_of: StoreOf) -> None:
    text = log(*born(A), to(A, "b@y.example", "sent (250 2.7.0 Ok, discarded, id=03-1 - spam)"))
    assert [f.outcome for f in ask(store_of(text))[0].paths[0].recipients] == ["discarded"]


def test_another_with_the_message_id_but_other_recipients_is_not(store_of: StoreOf) -> None:
    [found] = ask(
        store_of(
            log(*born(A), *picked_up(B), PIPED, removed(A), to(B, "z@y.example", "sent (250 ok)"))
        )
    )
    assert told(found) == []


def test_what_another_instance_of_the_host_was_sent_did_not_come_of_the_filter(
    store_of: StoreOf,
) -> None:
    sent = to(B, "b@y.example", f"sent (250 2.0.0 Ok: queued as {C})", relay="r[127.0.0.20]:25")
    after = [*born(C), to(C, "b@y.example", "sent (delivered to maildir)", "virtual", "virtual")]
    after = [line.replace("postfix/", "postfix-remote/") for line in after]
    after[0] = after[0].replace("192.0.2.1", "127.0.0.10")
    [found] = ask(store_of(log(*born(A), *picked_up(B), PIPED, *after, sent)))
    assert told(found) == [("reinjected", A, B, False), ("relayed", B, C, True)]


@pytest.mark.parametrize(
    ("client", "outcome"), [("127.0.0.10", "forwarded"), ("127.0.0.20", "delivered")]
)
def test_another_server_of_the_name_is_told_by_its_client_s_address(
    store_of: StoreOf, client: str, outcome: str
) -> None:
    """What a Postfix sends to the very address that it sends from, as to a filter, stays there."""
    sent = to(A, "b@r.example", f"sent (250 2.0.0 Ok: queued as {C})", relay="r[127.0.0.20]:25")
    after = [*born(C), to(C, "b@r.example", "sent (delivered to maildir)", "virtual", "virtual")]
    after = [line.replace("postfix/", "postfix-remote/") for line in after]
    after[0] = after[0].replace("192.0.2.1", client)
    [found] = ask(store_of(log(*born(A), *after, sent.replace(", relay", ORIGINAL))))
    [fate] = found.paths[0].recipients
    assert (fate.recipient, fate.outcome) == ("x@y.example", outcome)
    assert (fate.final_recipient, fate.mailbox) == ("b@r.example", "b@r.example")


ORIGINAL = ", orig_to=<x@y.example>, relay"
HERE = to(A, "x@y.example", "sent (delivered to maildir)", "virtual", "virtual")
AWAY = "sent (250 2.0.0 Ok: queued as 4gD3pQ0LzGz1Kq)"
REFUSED = "bounced (host m[192.0.2.9] said: 550 5.1.1 no)"


@pytest.mark.parametrize(
    ("deliveries", "sentence"),
    [
        (
            [HERE, to(A, "o@z.example", AWAY)],
            (
                "Delivered for x@y.example into the mailbox of x@y.example on mx, and forwarded to "
                "o@z.example"
            ),
        ),
        (
            [to(A, "o@z.example", AWAY), to(A, "p@z.example", AWAY)],
            "Forwarded for x@y.example to o@z.example and p@z.example",
        ),
        (
            [HERE, to(A, "o@z.example", REFUSED)],
            (
                "Bounced for x@y.example to o@z.example on mx: host m[192.0.2.9] said: 550 5.1.1 "
                "no; delivered to x@y.example"
            ),
        ),
        (
            [HERE, to(A, "o@z.example", AWAY), PIPED],
            (
                "2 recipients: delivered for x@y.example and b@y.example; x@y.example also "
                "forwarded to o@z.example"
            ),
        ),
    ],
)
def test_the_sentence_tells_all_that_became_of_an_address(
    store_of: StoreOf, deliveries: list[str], sentence: str
) -> None:
    lines = [line.replace(", relay", ORIGINAL) for line in deliveries if line != PIPED]
    [found] = ask(store_of(log(*born(A), *lines, *({PIPED} & {*deliveries}))))
    assert found.paths[0].sentence == sentence


def test_what_is_no_mail_is_told_as_such(store_of: StoreOf) -> None:
    probe = to(A, "b@y.example", "deliverable (250 2.1.5 Ok)")
    [found] = ask(store_of(log(*born(A, sender="double-bounce@mx")[1:], probe, removed(A))))
    sentence = "No mail, but a probe of b@y.example: deliverable: 250 2.1.5 Ok"
    assert found.paths[0].sentence.startswith(sentence)
    assert found.paths[0].is_done


@pytest.mark.parametrize(
    ("ends", "how"),
    [
        (["postfix/smtpd[7]: timeout after DATA (0 bytes) from c.example[192.0.2.1]"],
         "timeout after DATA"),
        ([], "its client disconnected"),
    ],
)  # fmt: skip
def test_a_client_that_gave_up_is_told(store_of: StoreOf, ends: list[str], how: str) -> None:
    connection = [SESSION[0], born(A)[0], *ends, SESSION[-2]]
    [found] = ask(store_of(log(*connection)))
    assert found.paths[0].sentence == f"No message came of it on mx: {how}"
    assert found.paths[0].is_done


def test_what_waits_is_told_since_when_and_what_its_sender_knows(store_of: StoreOf) -> None:
    tried = log(*born(A), to(A, "b@y.example", "deferred (no)"))
    warned = f"postfix/bounce[7]: {A}: sender delay notification: {B}"
    again = log(warned, *born(B, "<2@x>")[1:], to(A, "b@y.example", "deferred (no room)"), minute=5)
    [found] = ask(store_of(tried + again))
    assert found.paths[0].sentence == (
        "Not delivered yet for b@y.example, tried 2 times since 2026-11-24 12:00 UTC, last answer: "
        "no room; its sender was told of the delay"
    )


def test_each_of_several_has_its_own_reply(store_of: StoreOf) -> None:
    refusals = [to(A, f"u{n}@y.example", f"bounced ({n // 2} no)") for n in range(9)]
    [found] = ask(store_of(log(*born(A), *refusals)))
    assert found.paths[0].sentence == (
        "9 recipients: bounced for u0@y.example and u1@y.example: 0 no, bounced for u2@y.example "
        "and u3@y.example: 1 no, bounced for u4@y.example and u5@y.example: 2 no, bounced for 3 "
        "more"
    )


def test_the_sentence_names_some_of_many(store_of: StoreOf) -> None:
    many = [to(A, f"u{n}@z.example", AWAY).replace(", relay", ORIGINAL) for n in range(5)]
    [found] = ask(store_of(log(*born(A), HERE.replace(", relay", ORIGINAL), *many)))
    assert found.paths[0].sentence.endswith(
        "and forwarded to u0@z.example and u1@z.example and u2@z.example and 2 more"
    )


def test_duplicates_come_back_one_each(store_of: StoreOf) -> None:
    other, back = "1BB5B162711", "2BB5B162711"
    db = store_of(log(
        *born(A), PIPED, *picked_up(B), to(B, "b@y.example", "sent (250 ok)"),
        *born(other), PIPED.replace(A, other),
        *picked_up(back), to(back, "b@y.example", "sent (250 ok)"),
    ))  # fmt: skip
    first, second = ask(db, A, other)
    assert told(first) == [("reinjected", A, B, False)]
    assert told(second) == [("reinjected", other, back, False)]


def test_a_filter_run_for_each_recipient_makes_a_message_each(store_of: StoreOf) -> None:
    later = PIPED.replace("b@y", "c@y").replace("delay=1,", "delay=2,")
    db = store_of(log(
        *born(A), PIPED, later,
        *picked_up(B), to(B, "b@y.example", "sent (250 ok)"), to(B, "c@y.example", "sent (250 ok)"),
        *picked_up(C), to(C, "c@y.example", "sent (250 ok)"),
    ))  # fmt: skip
    [found] = ask(db)
    assert told(found) == [("reinjected", A, B, False), ("reinjected", A, C, False)]


def test_one_without_message_id_gets_its_own_when_it_comes_back(store_of: StoreOf) -> None:
    db = store_of(
        log(
            *born(A, "<>"),
            PIPED,
            *picked_up(B, f"<{B}@mx.example>"),
            to(B, "b@y.example", "sent (250 ok)"),
        )
    )
    for found in ask(db, A, B):
        assert told(found) == [("reinjected", A, B, False)]


@pytest.mark.parametrize(("message_id", "is_linked"), [("<1@x>", True), ("<9@x>", False)])
def test_a_reply_proves_no_hop_of_another_message(
    store_of: StoreOf, message_id: str, is_linked: bool
) -> None:
    sent = to(A, "b@y.example", f"sent (250 Ok: queued as {C})")
    db = store_of(
        log(*born(A), sent, removed(A))
        + log(
            *born(C, message_id),
            to(C, "b@y.example", "sent (delivered to maildir)", "virtual", "virtual"),
            host="relay",
        )
    )
    [found] = ask(db)
    assert told(found) == ([("relayed", A, C, True)] if is_linked else [])
    [fate] = found.paths[0].recipients
    assert fate.outcome == ("delivered" if is_linked else "relayed")


def test_a_bounce_is_on_the_path_but_no_recipient(store_of: StoreOf) -> None:
    db = store_of(log(
        *born(A), to(A, "b@y.example", "bounced (550 no)"),
        f"postfix/bounce[7]: {A}: sender non-delivery notification: {B}",
        f"postfix/cleanup[7]: {B}: message-id=<bounce@mx>",
        f"postfix/qmgr[7]: {B}: from=<>, size=10, nrcpt=1 (queue active)",
        to(B, "a@x.example", "sent (250 ok)"), removed(A), removed(B),
    ))  # fmt: skip
    for found in ask(db, A, B):
        assert told(found) == [("bounced", A, B, True)]
        assert (
            found.paths[0].sentence == "Bounced for b@y.example on mx: 550 no; its sender was told"
        )
        [fate] = found.paths[0].recipients
        assert (fate.recipient, fate.reason_class is None) == ("b@y.example", False)


def test_attempts_are_counted_over_a_requeue(store_of: StoreOf) -> None:
    deferred = to(A, "b@y.example", "deferred (450 later)")
    db = store_of(log(
        *born(A), deferred, deferred,
        f"postfix/pickup[7]: {B}: uid=103 from=<a@x.example> orig_id={A}",
        *born(B)[1:], to(B, "b@y.example", "sent (250 ok)"),
    ))  # fmt: skip
    [found] = ask(db)
    assert told(found) == [("requeued", A, B, True)]
    [fate] = found.paths[0].recipients
    assert (fate.outcome, fate.attempts) == ("relayed", 3)


def test_ids_that_name_each_other_end(store_of: StoreOf) -> None:
    one, other = (
        to(x, "b@y.example", f"sent (250 Ok: queued as {y})") for x, y in ((A, C), (C, A))
    )
    [found] = ask(store_of(log(*born(A), *born(C), one, other)))
    assert len(told(found)) == 2
    assert [f.outcome for f in found.paths[0].recipients] == ["relayed"]


def test_a_long_path_is_cut_and_says_so(store_of: StoreOf) -> None:
    bounces = [
        f"postfix/bounce[7]: {A}: sender delay notification: {number:X}16275A"
        for number in range(4096, 4096 + path.MOST_MESSAGES + 5)
    ]
    births = [body.replace("sender delay notification: ", "") for body in bounces]
    born_too = [
        f"postfix/cleanup[7]: {b.rpartition(' ')[2]}: message-id=<{n}@mx>"
        for n, b in enumerate(births)
    ]
    text = log(*born(A)) + "".join(
        log(one, other, minute=1) for one, other in zip(bounces, born_too, strict=True)
    )
    [found] = ask(store_of(text))
    assert found.paths[0].is_cut
    assert len(found.paths[0].messages) == path.MOST_MESSAGES
    assert "there are more messages on its path than are shown" in found.paths[0].sentence


def refused(recipient: str, why: str, sender: str = "a@x.example", action: str = "reject") -> str:
    code = "550 5.7.1 " if action == "reject" else ""
    return (
        f"postfix/smtpd[7]: NOQUEUE: {action}: RCPT from c.example[192.0.2.1]: {code}"
        f"<{recipient}>: {why}; from=<{sender}> to=<{recipient}> proto=ESMTP helo=<c>"
    )


SESSION = [
    "postfix/smtpd[7]: connect from c.example[192.0.2.1]",
    refused("no@y.example", "Recipient address rejected: User unknown"),
    refused("other@y.example", "Relay access denied", "z@x.example"),
    *born(A),
    refused("late@y.example", "Relay access denied"),
    "postfix/smtpd[7]: disconnect from c.example[192.0.2.1]",
    "postfix/smtpd[7]: connect from d.example[192.0.2.2]",
]


def test_what_was_before_the_queue_id_belongs_to_the_message(store_of: StoreOf) -> None:
    db = store_of(log(*SESSION, to(A, "b@y.example", "sent (250 ok)")))
    [found] = ask(db)
    [p] = found.paths
    assert [(f.recipient, f.outcome) for f in p.recipients] == [
        ("b@y.example", "relayed"),
        ("no@y.example", "rejected"),
    ]
    bodies = [line.text.partition(" mx ")[2] for line in p.lines]
    assert bodies[:2] == SESSION[:2]
    assert SESSION[2] not in bodies
    assert SESSION[-1] not in bodies


def test_what_was_refused_without_a_queue_id_is_found(store_of: StoreOf) -> None:
    found, client = ask(store_of(log(*SESSION[:3])), "other@y.example", "192.0.2.1")
    [p] = found.paths
    assert p.recipients[0].reason_class == "relay_denied"
    assert p.sentence == "Rejected for other@y.example on mx: 550 5.7.1 Relay access denied"
    assert [line.text.partition(" mx ")[2] for line in p.lines] == [SESSION[0], SESSION[2]]
    assert len(client.paths) == 2


def test_a_hold_without_a_queue_id_is_the_message_s(store_of: StoreOf) -> None:
    held = refused("b@y.example", "look at it", action="hold")
    [found] = ask(store_of(log(SESSION[0], held, *born(A)[:2])))
    assert [(f.recipient, f.outcome) for f in found.paths[0].recipients] == [
        ("b@y.example", "held")
    ]
    assert not found.paths[0].is_done


# -- the JSON contract, on genuine logs -------------------------------------------------------

TEXT = (str, type(None))
SCHEMA = {
    "sentence": str, "message_id": TEXT, "envelope_sender": TEXT, "client_name": TEXT,
    "client_address": TEXT, "helo_name": TEXT, "sasl_username": TEXT, "first_seen": str,
    "last_seen": str,
    "recipients": [{
        "recipient": TEXT, "original_recipient": TEXT, "outcome": str, "final_recipient": TEXT,
        "host": TEXT, "mailbox": TEXT, "folder": TEXT, "relay_host": TEXT, "dsn": TEXT,
        "reply": TEXT, "reason_class": TEXT, "attempts": int, "at": TEXT,
    }],
    "verdicts": [{
        "kind": str, "result": str, "score": (float, type(None)), "required": (float, type(None)),
        "detail": TEXT, "host": TEXT,
    }],
    "messages": [{
        "message_key": str, "host": TEXT, "instance": str, "queue_id": str, "message_id": TEXT,
        "envelope_sender": TEXT, "size_bytes": (int, type(None)), "state": str,
        "first_seen": str, "last_seen": str, "deliveries": [dict],
    }],
    "links": [{
        "kind": str, "from": str, "to": str, "certainty": str,
        "lines": [{"source": str, "offset": int}],
    }],
    "lines": [{"source": str, "offset": int, "text": str}],
}  # fmt: skip
OUTCOMES = {
    "delivered", "relayed", "forwarded", "rejected", "bounced", "expired", "deferred", "held",
    "quarantined", "discarded", "deleted", "queued", "unknown",
}  # fmt: skip


OF_OTHER_PROGRAMS = {"delivered_to_dovecot", "scanned"}


def conforms(value: object, schema: object) -> bool:
    if isinstance(schema, dict):
        return (
            isinstance(value, dict)
            and value.keys() == schema.keys()
            and all(conforms(value[name], inner) for name, inner in schema.items())
        )
    if isinstance(schema, list):
        return isinstance(value, list) and all(conforms(item, schema[0]) for item in value)
    return isinstance(value, schema)  # type: ignore[arg-type]


SAMPLES = sorted(expect.HERE.glob("*/*.log"))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_every_sample_log_gives_what_the_contract_says(sample: Path, tmp_path: Path) -> None:
    if sample.parent.name in expect.DAYS:
        pytest.skip("cut into the others")
    db = tmp_path / "s.duckdb"
    assert main(["ingest", "--zone", "UTC", "--db", str(db), str(sample)]) == 0
    with open_reader(db) as reader:
        ids = reader.query("SELECT DISTINCT queue_id FROM messages ORDER BY 1 LIMIT 12")
        for found in path.find(reader, ids["queue_id"].to_pylist()):
            made = json.loads(json.dumps(path_json.as_object(found)))
            assert made.keys() == {"query", "paths"}
            assert made["paths"]
            for p in made["paths"]:
                assert conforms(p, SCHEMA), p
                assert {r["outcome"] for r in p["recipients"]} <= OUTCOMES
                keys = {m["message_key"] for m in p["messages"]}
                assert {link["from"] for link in p["links"]} <= keys
                between = [k for k in p["links"] if k["kind"] not in OF_OTHER_PROGRAMS]
                assert {link["to"] for link in between} <= keys
                places = [(line["source"], line["offset"]) for line in p["lines"]]
                assert len(places) == len(set(places))
                assert {(x["source"], x["offset"]) for k in p["links"] for x in k["lines"]} <= set(
                    places
                )


@pytest.mark.slow
def test_a_day_is_told_as_it_was(tmp_path: Path) -> None:
    score = truth.run(expect.HERE / "day")
    assert score.hops >= 100
    assert score.right_hops == score.hops, score.wrong
    assert score.right_recipients + score.unnamed_recipients == score.recipients, score.wrong
    assert score.right_recipients / score.recipients > 0.97, score.wrong


@pytest.mark.parametrize("by", ["smtp", "lmtp"])
def test_lines_are_not_looked_at_again_for_each_recipient(
    store_of: StoreOf, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    passes = []

    class Watched(list[fates.Row]):
        def __iter__(self) -> Iterator[fates.Row]:
            passes.append(1)
            return super().__iter__()

    def hop(life: fates.Row, events: Iterable[fates.Row], state: Outcome) -> fates.Hop:
        return fates.Hop(life, Watched(events), state)

    monkeypatch.setattr(path, "Hop", hop)
    counts = []
    for recipients in (3, 20):
        mail = born(A)
        for number in range(recipients):
            user, session = f"u{number}", f"S{number}"
            saved = "sent (250 ok)"
            if by == "lmtp":
                stored = "sieve: msgid=<1@x>: stored mail into mailbox 'INBOX'"
                mail.append(f"dovecot: lmtp({user})<30><{session}>: {stored}")
                saved = f"sent (250 2.0.0 <{user}@y.example> {session} Saved)"
            mail.append(to(A, f"{user}@y.example", saved, by))
        [found] = ask(store_of(log(*mail)))
        told = {fate.outcome for fate in found.paths[0].recipients}
        assert told == {"delivered" if by == "lmtp" else "relayed"}
        assert len(found.paths[0].recipients) == recipients
        counts.append(len(passes))
        passes.clear()
    assert counts[0] == counts[1] > 0
