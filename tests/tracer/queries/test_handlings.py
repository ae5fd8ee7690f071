"""What scanners said of a message and Dovecot did with it: verdicts and links, with their lines."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tracer.cli import path_json, path_text
from tracer.queries import path
from tracer.store import open_reader

StoreOf = Callable[[str], Path]

A, B = "10B7218ED12A", "88C4C18ED12D"
SESSION = "kKw2OIl5JGmfAAAA0J78UA"


def log(*bodies: str) -> str:
    return "".join(
        f"2026-11-24T12:00:{second:02}+00:00 mx {body}\n" for second, body in enumerate(bodies)
    )


def born(queue_id: str, client: str = "c.example[192.0.2.7]") -> list[str]:
    return [
        f"postfix/smtpd[7]: {queue_id}: client={client}",
        f"postfix/cleanup[7]: {queue_id}: message-id=<4@example.com>",
        f"postfix/qmgr[7]: {queue_id}: from=<a@example.com>, size=9, nrcpt=1 (queue active)",
    ]


def sent(queue_id: str, reply: str, relay: str) -> str:
    return (
        f"postfix/lmtp[9]: {queue_id}: to=<b@example.org>, relay={relay}, delay=1, "
        f"delays=1/0/0/0, dsn=2.0.0, status=sent ({reply})"
    )


def amavis(entry: str, ids: str = f"Queue-ID: {A}, Message-ID: <4@example.com>, ") -> str:
    return (
        f"amavis[9]: (26174-03) {entry}, [192.0.2.7]:38400 [192.0.2.7] <a@example.com> -> "
        f"<b@example.org>, {ids}mail_id: BlRVwTcS30dA, Hits: 6.76, size: 9, queued_as: {B}, 44 ms"
    )


def rspamd(verdict: str, rest: str = "", queue_id: str = A) -> str:
    return (
        f"rspamd[9]: <8ae27d>; proxy; rspamd_task_write_log: id: <4@example.com>, qid: "
        f"<{queue_id}>, ip: 192.0.2.7, from: <a@example.com>, (default: {verdict}), len: 9, "
        "time: 41.2ms, dns req: 0, digest: <b1035f4fb07162ba88053d9e38df9c93>, rcpts: "
        f"<b@example.org>{rest}"
    )


TO_AMAVIS = sent(
    A,
    f"250 2.0.0 Ok, id=26174-03, from MTA: 250 2.0.0 Ok: queued as {B}",
    "127.0.0.1[127.0.0.1]:10024",
)
TO_DOVECOT = sent(B, f"250 2.0.0 <b@example.org> {SESSION} Saved", "mx[private/dovecot-lmtp]")
STORED = (
    f"dovecot: lmtp(b@example.org)<1><{SESSION}>: sieve: msgid=<4@example.com>: "
    "stored mail into mailbox 'Spam'"
)


def ask(db: Path, queue_id: str = A) -> path.Path:
    with open_reader(db) as reader:
        [found] = path.find(reader, [queue_id])
    [only] = found.paths
    return only


def told(shown: path.Path) -> list[tuple[str, str, str | None, float | None]]:
    return [(v.kind, v.result, v.detail, v.score) for v in shown.verdicts]


@pytest.mark.parametrize(
    "ids", [f"Queue-ID: {A}, Message-ID: <4@example.com>, ", "Message-ID: <9@example.com>, "]
)
def test_amavis_is_joined_by_queue_id_or_by_the_task_that_its_reply_names(
    store_of: StoreOf, ids: str
) -> None:
    checked = amavis("Passed SPAMMY {RelayedTaggedInbound}", ids)
    shown = ask(store_of(log(*born(A), *born(B, "localhost[127.0.0.1]"), checked, TO_AMAVIS)))
    assert told(shown) == [("spam", "spam", "passed", 6.76)]
    assert shown.sentence.endswith("scored as spam (6.76)")
    [handling] = shown.handlings
    assert (handling.kind, handling.program, handling.is_certain) == ("scanned", "amavis", True)
    assert [line.text for line in shown.lines if line.position in handling.positions] == [
        log(checked).strip().replace(":00+", ":06+")
    ]


def test_a_task_of_another_recipient_is_not_joined(store_of: StoreOf) -> None:
    checked = amavis("Passed SPAMMY {X}", "").replace("b@example.org", "z@example.org")
    assert told(ask(store_of(log(*born(A), checked.replace(B, "7" + B[1:]), TO_AMAVIS)))) == []


def test_a_virus_that_amavis_names_has_clamd_s_line_too(store_of: StoreOf) -> None:
    found = "clamd[5]: /var/lib/amavis/p001: Win.Test.EICAR_HDB-1 FOUND"
    other = found.replace("EICAR", "OTHER")
    blocked = amavis("Blocked INFECTED (Win.Test.EICAR_HDB-1) {DiscardedInbound}")
    shown = ask(store_of(log(*born(A), other, found, blocked)))
    assert told(shown)[0] == ("virus", "infected", "Win.Test.EICAR_HDB-1, blocked", None)
    assert [(h.program, h.is_certain) for h in shown.handlings] == [
        ("clamd", False),
        ("amavis", True),
    ]
    assert "virus found: Win.Test.EICAR_HDB-1" in shown.sentence
    assert not [line for line in shown.lines if "OTHER" in line.text]


def test_what_amavis_blocks_for_its_name_is_no_spam(store_of: StoreOf) -> None:
    banned = amavis("Blocked BANNED (.exe,setup.exe) {DiscardedInbound}").replace("6.76", "-")
    assert told(ask(store_of(log(*born(A), banned)))) == []


def test_rspamd_is_joined_by_queue_id_alone_where_it_logs_one(store_of: StoreOf) -> None:
    other = "7" + A[1:]
    db = store_of(
        log(
            *born(A),
            *born(other),
            rspamd("F (no action): [-0.64/15.00] [BAYES_HAM(-3.00){100.00%;}]"),
            rspamd(
                "T (reject): [25.00/15.00] [CLAM_VIRUS(0.00){Eicar;}]",
                ', forced: reject "clamav: virus found: "Eicar""; score=nan (set by antivirus)',
                other,
            ),
        )
    )
    assert told(ask(db)) == [("spam", "ham", "no action, BAYES_HAM(-3.00){100.00%;}", -0.64)]
    virus, spam = told(ask(db, other))
    assert virus[:2] == ("virus", "infected")
    assert spam == ("spam", "spam", "reject, CLAM_VIRUS(0.00){Eicar;}", 25.0)
    assert ask(db, other).sentence.count("virus found: ") == 1


def test_dovecot_s_delivery_is_a_link_of_the_last_hop_and_told_once(store_of: StoreOf) -> None:
    hops = [*born(A), *born(B, "localhost[127.0.0.1]"), TO_AMAVIS, TO_DOVECOT, STORED]
    shown = ask(store_of(log(*hops)))
    [fate] = shown.recipients
    assert (fate.outcome, fate.folder, fate.attempts) == ("delivered", "Spam", 1)
    [made] = path_json.as_object(path.Found(A, (shown,), False))["paths"]
    [link] = [link for link in made["links"] if link["kind"] == "delivered_to_dovecot"]
    assert (link["from"], link["to"], link["certainty"]) == (
        f"mx/postfix/{B}/1",
        f"mx/dovecot/{SESSION}",
        "certain",
    )
    assert len(link["lines"]) == 2
    assert f'"mx/postfix/{B}/1" -> "mx/dovecot/{SESSION}"' in "\n".join(path_text.dot([shown]))
