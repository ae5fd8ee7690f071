"""Lines of spamd, spamc and spamass-milter in which a client chose the user, a host's name or a
reply: no other field may shift."""

import pytest

from parsers.batch import parse_lines
from parsers.registry import registry


def parsed(program: str, body: str) -> dict[str, object]:
    """Event and fields of a body, which both matchers must agree on."""
    (row,) = parse_lines([body], program=program)
    event, fields = registry().match(program, body)
    both = {"queue_id": row["queue_id"], **row["fields"]}  # type: ignore[dict-item]
    assert (row["event"], {k: v for k, v in both.items() if v is not None}) == (event, fields)
    return {"event": event, **fields}


# `spamc -u ${recipient}` in Postfix's master.cf: the recipient's local part is the user
USERS = [
    "alice@example.org",
    '"a b"@example.org',
    ",uid=0,required_score=99.0,rhost=f,raddr=203.0.113.99,rport=1,mid=<f@x>,autolearn=spam",
    "x:0 in 9.9 seconds, 9 bytes",
]


@pytest.mark.parametrize("user", USERS)
def test_spamd_reads_any_user(user: str) -> None:
    scored = parsed(
        "spamd",
        f"spamd: result: Y 12 - GTUBE,X scantime=0.1,size=681,user={user},uid=109,"
        "required_score=5.0,rhost=localhost,raddr=127.0.0.1,rport=42106,mid=<a@b>,rmid=<r@x>,"
        "bayes=0.998712,autolearn=no autolearn_force=no,shortcircuit=no",
    )
    assert scored == {
        "event": "spamd.message_scored",
        "is_spam": True,
        "spam_score": 12.0,
        "spam_rules": "GTUBE,X",
        "scan_seconds": 0.1,
        "size_bytes": 681,
        "username": user,
        "uid": 109,
        "spam_required": 5.0,
        "client_name": "localhost",
        "client_address": "127.0.0.1",
        "client_port": 42106,
        "message_id": "<a@b>",
        "resent_message_id": "<r@x>",
        "bayes_probability": 0.998712,
        "autolearn": "no",
        "detail": "shortcircuit=no",
    }
    for text, event in (
        (f"identified spam (12.0/5.0) for {user}:109 in", "spamd.message_identified_spam"),
        (f"clean message (12.0/5.0) for {user}:109 in", "spamd.message_clean"),
    ):
        found = parsed("spamd", f"spamd: {text} 0.1 seconds, 681 bytes.")
        assert found["event"] == event
        assert (found["username"], found["uid"]) == (user, 109)
        assert (found["scan_seconds"], found["size_bytes"]) == (0.1, 681)
    learned = parsed("spamd", f"spamd: Tell: Setting local for {user}:109 in 0.1 seconds, 9 bytes")
    assert (learned["event"], learned["username"]) == ("spamd.message_learned", user)


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("message_id", ["<a@b>", "<aka<c>for?x:0@b>", "(unknown)"])
def test_spamd_reads_any_id_and_user(message_id: str, user: str) -> None:
    found = parsed("spamd", f"spamd: processing message {message_id} aka <r@x> for {user}:109")
    assert found == {
        "event": "spamd.message_processing",
        "message_id": message_id,
        "username": user,
        "uid": 109,
    }


@pytest.mark.parametrize("name", ["unauthorized", "x]:1", "[203.0.113.99]:1", "localhost"])
def test_spamd_reads_any_client_name(name: str) -> None:
    found = parsed("spamd", f"spamd: connection from {name} [192.0.2.7]:42100 to port 783, fd 5")
    assert found["event"] == "spamd.client_connected"
    assert (found["client_name"], found["client_address"]) == (name, "192.0.2.7")
    assert found["client_port"] == 42100


@pytest.mark.parametrize(
    "reply", ["'", "x', y 'z", "SPAMD/1.1 76 spamd responded with bad string 'x"]
)
def test_spamc_reads_any_reply(reply: str) -> None:
    found = parsed("spamc", f"spamd responded with bad string '{reply}'")
    assert (found["event"], found["reply"]) == ("spamc.reply_faulty", reply)


@pytest.mark.parametrize("reason", ["spam", "550 5.7.1: x", "Rejecting with 451 4.3.0: y", ""])
def test_spamass_milter_reads_any_report(reason: str) -> None:
    found = parsed("spamass-milter", f"Rejecting with 550 5.7.1: {reason}")
    assert found == {
        "event": "spamass_milter.message_rejected",
        "action": "Rejecting",
        "reply_code": 550,
        "dsn": "5.7.1",
        "reason": reason,
    }


ADDRESSES = ["", "a@b", '"x> is in our ignore addrlist - accepting"@b', '"x> for spamc"@b']


@pytest.mark.parametrize("address", ADDRESSES)
def test_spamass_milter_reads_any_recipient(address: str) -> None:
    found = parsed("spamass-milter", f"remembering recipient <{address}>")
    assert (found["event"], found["recipient"]) == ("spamass_milter.recipient_read", address)
    found = parsed("spamass-milter", f"<{address}> is in our ignore addrlist - accepting message")
    assert (found["event"], found["recipient"]) == ("spamass_milter.scan_skipped", address)
