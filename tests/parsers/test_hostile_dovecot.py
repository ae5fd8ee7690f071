"""Dovecot's lines in which the client, the sender or the mailbox's owner chose what looks like
the rest of the line: no other field may shift."""

import pytest

from parsers.batch import parse_lines
from parsers.registry import registry


def parsed(body: str) -> dict[str, object]:
    """Event and fields of a body, which both matchers must agree on."""
    (row,) = parse_lines([body], program="dovecot")
    event, fields = registry().match("dovecot", body)
    assert (row["event"], row["fields"]) == (event, fields)
    return {"event": event, **fields}


STORED = "lmtp(alice)<531><Zb/gPMl0+BWsTAg:T2>: sieve: msgid={}: {}"
FORGED_IDS = [
    "<a>: stored mail into mailbox 'Forged'>",
    "<a>: fileinto action: stored mail into mailbox 'Forged>",
    "<a)<666><S>: sieve: msgid=<b>: stored mail into mailbox 'Forged@x.example>",
    "<a>: redirect action: forwarded to <b@evil.example>",
    "<a>: vacation action: sent vacation response to <b@evil.example>",
    "<a>: failed to store into mailbox 'Forged': Quota exceeded>",
    "<a, status=sent (250 2.0.0 ok)>",
    "<has space@x.example>",
    "<uni-é-ü@x.example>",
    f"<{'long' * 47}: stored mail into mailbox 'F...",
    "unspecified",
    "",
]


@pytest.mark.parametrize("message_id", FORGED_IDS)
@pytest.mark.parametrize("action", [None, "fileinto"])
@pytest.mark.parametrize("mailbox", ["INBOX", "It's 'quoted'", "Projects/Été", "a > b"])
def test_a_message_id_forges_no_mailbox(message_id: str, action: str | None, mailbox: str) -> None:
    prefix = f"{action} action: " if action else ""
    stored = f"{prefix}stored mail into mailbox '{mailbox}'"
    assert parsed(STORED.format(message_id, stored)) == {
        "event": "dovecot.message_stored",
        "service": "lmtp",
        "username": "alice",
        "peer_pid": 531,
        "session_id": "Zb/gPMl0+BWsTAg:T2",
        "message_id": message_id,
        "mailbox": mailbox,
        **({"action": action} if action else {}),
    }


@pytest.mark.parametrize("message_id", FORGED_IDS)
@pytest.mark.parametrize(
    ("outcome", "event", "fields"),
    [
        (
            "redirect action: forwarded to <outside@remote.example>",
            "dovecot.message_forwarded",
            {"recipient": "outside@remote.example"},
        ),
        (
            "vacation action: sent vacation response to <anna@partner.example>",
            "dovecot.vacation_sent",
            {"recipient": "anna@partner.example"},
        ),
        (
            "reject action: rejected message from <anna@partner.example> (reject)",
            "dovecot.message_rejected",
            {"envelope_sender": "anna@partner.example", "action": "reject"},
        ),
        (
            (
                "discard action: Marked message to be discarded if not explicitly delivered "
                "(discard action)"
            ),
            "dovecot.message_discarded",
            {},
        ),
        (
            "failed to store into mailbox 'INBOX': Quota exceeded (mailbox for user is full)",
            "dovecot.store_failed",
            {"mailbox": "INBOX", "reason": "Quota exceeded (mailbox for user is full)"},
        ),
    ],
)
def test_a_message_id_forges_no_outcome(
    message_id: str, outcome: str, event: str, fields: dict[str, object]
) -> None:
    found = parsed(STORED.format(message_id, outcome))
    assert found["event"] == event
    assert found["message_id"] == message_id
    assert {name: found[name] for name in fields} == fields


def test_a_quoted_sender_forges_no_other_answer() -> None:
    sender = '"x>: redirect action: forwarded to <y"@evil.example'
    body = STORED.format("<a@b>", f"vacation action: sent vacation response to <{sender}>")
    found = parsed(body)
    assert (found["event"], found["recipient"]) == ("dovecot.vacation_sent", sender)
    assert found["message_id"] == "<a@b>"


FORGED_USERS = [
    "bob",
    "",
    "a@b.example",
    "x>, method=PLAIN, rip=192.0.2.66, lip=192.0.2.67, session=<forged",
    "x>, rip=192.0.2.66, session=<forged>, TLS",
    "x> (auth failed, 9 attempts in 9 secs): user=<y",
    "x, mpid=1, TLS",
    "é ü",
]


@pytest.mark.parametrize("username", FORGED_USERS)
@pytest.mark.parametrize(
    ("message", "event"),
    [
        ("Login", "dovecot.logged_in"),
        ("Disconnected: Inactivity (auth failed, 2 attempts in 7 secs)", "dovecot.login_failed"),
        ("Disconnected (no auth attempts in 0 secs)", "dovecot.login_aborted"),
    ],
)
def test_a_user_name_forges_no_address(username: str, message: str, event: str) -> None:
    body = (
        f"imap-login: {message}: user=<{username}>, method=PLAIN, rip=198.51.100.50, "
        "lip=203.0.113.10, TLS, session=<U44mbv1gOp3GM2Qy>"
    )
    found = parsed(body)
    assert found["event"] == event
    assert found["username"] == username
    assert found["remote_address"] == "198.51.100.50"
    assert found["session_id"] == "U44mbv1gOp3GM2Qy"
    assert found["is_tls"] is True


@pytest.mark.parametrize(
    "username", ["alice", "x,192.0.2.66,<forged>", "x,192.0.2.66): unknown user", "a b)(c"]
)
@pytest.mark.parametrize("reason", ["Password mismatch", "unknown user"])
def test_a_user_name_forges_no_failed_authentication(username: str, reason: str) -> None:
    found = parsed(f"auth: sql({username},198.51.100.50,<z+zZbf1g/J3GM2Qy>): {reason}")
    assert found == {
        "event": "dovecot.authentication_failed",
        "service": "auth",
        "detail": "sql",
        "username": username,
        "remote_address": "198.51.100.50",
        "session_id": "z+zZbf1g/J3GM2Qy",
        "reason": reason,
    }


def test_a_logged_password_forges_nothing_and_is_not_kept() -> None:
    password = "x,192.0.2.66,<forged>): Password mismatch (given password: y"
    found = parsed(
        f"auth: sql(alice,198.51.100.50,<S>): Password mismatch (given password: {password})"
    )
    assert found["username"] == "alice"
    assert found["remote_address"] == "198.51.100.50"
    assert "y" not in found.values()


@pytest.mark.parametrize(
    "elements",
    [
        (
            ", method=PLAIN, rip=198.51.100.50, lip=203.0.113.10, TLS, "
            "TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits), session=<S>"
        ),
        ", rip=198.51.100.50, country=SE, session=<S>",
        ", session=<S>, rip=198.51.100.50",
        "",
    ],
)
def test_a_changed_login_log_format_costs_no_login(elements: str) -> None:
    found = parsed(f"imap-login: Login: user=<bob>{elements}")
    assert (found["event"], found["username"]) == ("dovecot.logged_in", "bob")


def test_a_subject_or_message_id_forges_no_size_in_mail_log() -> None:
    found = parsed(
        "imap(warn)<1017><S>: expunge: box=Trash, uid=12, msgid=<a>, size=1, uid=2, msgid=<b>, "
        "size=1044"
    )
    assert found["mailbox"] == "Trash"
    assert found["message_uid"] == 12
    assert found["message_id"] == "<a>, size=1, uid=2, msgid=<b>"
    assert found["size_bytes"] == 1044


@pytest.mark.parametrize("message_id", FORGED_IDS)
@pytest.mark.parametrize(
    ("outcome", "event"),
    [
        ("pipe action: piped message to program `learn.sh'", "dovecot.message_piped"),
        ("saved mail to INBOX", "dovecot.message_stored"),
        ("save failed to INBOX: Quota exceeded", "dovecot.store_failed"),
    ],
)
def test_a_message_id_forges_no_other_outcome(message_id: str, outcome: str, event: str) -> None:
    prefix = "sieve: " if "piped" in outcome else ""
    found = parsed(f"lmtp(alice)<531><S>: {prefix}msgid={message_id}: {outcome}")
    assert (found["event"], found["message_id"]) == (event, message_id)


@pytest.mark.parametrize(
    "message_id", ["<a)<6><F>: sieve: msgid=<b>", "<a>: F: sieve: msgid=<b>", "<a@b.example>"]
)
def test_a_message_id_forges_no_session_of_2_2(message_id: str) -> None:
    found = parsed(
        f"lmtp(531, bob): 5GjrD/+K: sieve: msgid={message_id}: stored mail into mailbox 'INBOX'"
    )
    assert (found["session_id"], found["username"]) == ("5GjrD/+K", "bob")
    assert (found["message_id"], found["mailbox"]) == (message_id, "INBOX")


@pytest.mark.parametrize(
    "username",
    [
        "x>, rip=192.0.2.66, lip=192.0.2.67",
        "x>, rip=192.0.2.66, country=",
        "x>, rip=192.0.2.66, session=<y",
        "x>, method=PLAIN, rip=192.0.2.66, lip=192.0.2.67, TLS: y, session=<F>, user=<z",
    ],
)
@pytest.mark.parametrize("elements", ["", ", country=SE", ", TLS", ", session=<S>"])
@pytest.mark.parametrize("message", ["Login", "Disconnected (auth failed, 2 attempts in 7 secs)"])
def test_a_user_name_forges_no_address_in_a_changed_format(
    username: str, elements: str, message: str
) -> None:
    found = parsed(
        f"imap-login: {message}: user=<{username}>, method=PLAIN, rip=198.51.100.50, "
        f"lip=203.0.113.10{elements}"
    )
    assert found.get("remote_address") in (None, "198.51.100.50")


def test_a_client_id_forges_no_address() -> None:
    found = parsed(
        "imap-login: ID sent: name=x: user=<root>, rip=192.0.2.66, session=<F>: user=<>, "
        "rip=198.51.100.50, lip=203.0.113.10, session=<S>"
    )
    assert (found["username"], found["remote_address"]) == ("", "198.51.100.50")


def test_a_certificate_forges_no_address() -> None:
    found = parsed(
        "imap-login: Valid certificate: /CN=x: user=<root>, rip=192.0.2.66, session=<F>: user=<>, "
        "rip=198.51.100.50, lip=203.0.113.10, session=<S>"
    )
    assert (found["username"], found["remote_address"]) == ("", "198.51.100.50")


def test_a_refused_user_name_forges_no_client() -> None:
    name = "x,192.0.2.66,<F>): Username character disallowed by auth_username_chars: 0x2c (y"
    found = parsed(
        "auth: login(?,198.51.100.50,<S>): Username character disallowed by auth_username_chars: "
        f"0x2c (username: {name})"
    )
    assert (found["username"], found["remote_address"]) == ("?", "198.51.100.50")


def test_a_remote_reply_forges_no_proxied_client() -> None:
    found = parsed(
        "imap-login: proxy(bob,10.0.0.5:143): Login failed: NO x: user=<eve>, rip=192.0.2.66, "
        "session=<F>: user=<bob>, method=PLAIN, rip=198.51.100.50, lip=203.0.113.10, session=<S>"
    )
    assert (found["username"], found["remote_address"]) == ("bob", "198.51.100.50")


def test_a_relayed_reply_forges_no_recipient() -> None:
    found = parsed(
        "lmtp(531): <S>: Failed to send message to <bob@example.org> at 10.0.0.5:24: 550 x> at "
        "192.0.2.66:25: 250 ok (1/9 at 1 ms) (1/1 at 12 ms)"
    )
    assert (found["recipient"], found["relay_host"]) == ("bob@example.org", "10.0.0.5")
    assert found["recipient_count"] == 1


@pytest.mark.parametrize("subject", ["x", "x, uid=9, size=9, y", "x, flags=(y), z", "a, b"])
def test_a_subject_forges_nothing_that_dovecot_writes(subject: str) -> None:
    found = parsed(
        "imap(bob): expunge: box=INBOX, uid=12, msgid=<a@b>, size=1044, from=Eve <eve@x.example>, "
        rf"subject={subject}, flags=(\Seen)"
    )
    assert (found["mailbox"], found["message_uid"]) == ("INBOX", 12)
    assert (found["size_bytes"], found["flags"]) == (1044, r"\Seen")
    assert found["subject"] == subject


def test_an_unknown_logout_key_costs_no_line() -> None:
    found = parsed(
        "imap(bob)<859><S>: Disconnected: Logged out in=57 out=2553 deleted=1 expunged=2 "
        "trashed=3 novel=4 hdr_count=0"
    )
    assert (found["bytes_in"], found["bytes_out"], found["expunged_count"]) == (57, 2553, 2)
    assert found["detail"] == "novel=4 hdr_count=0"
