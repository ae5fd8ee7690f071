"""Lines of the scanners and policy servers in which a client chose the HELO name, an address or a
header: no other field may shift."""

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


# spamd shows an id without blanks, and without commas where commas separate
@pytest.mark.parametrize(
    "message_id",
    ["<a@b>", "(unknown)", "<to=?fake@x.example>", "<a=b_autolearn=ham@x>", "<uni-??-?@x.example>"],
)
def test_spamd_reads_any_message_id(message_id: str) -> None:
    scored = parsed(
        "spamd",
        "spamd: result: Y 12 - GTUBE,X scantime=0.1,size=681,user=debian-spamd,uid=109,"
        "required_score=5.0,rhost=localhost,raddr=127.0.0.1,rport=42106,"
        f"mid={message_id},rmid=<r@x>,bayes=0.500000,autolearn=no autolearn_force=no",
    )
    assert (scored["is_spam"], scored["spam_score"], scored["spam_required"]) == (True, 12.0, 5.0)
    assert scored["message_id"] == message_id
    processing = parsed("spamd", f"spamd: processing message {message_id} for debian-spamd:109")
    assert processing["message_id"] == message_id


def test_spamd_behind_a_unix_socket_has_no_port() -> None:
    scored = parsed(
        "spamd",
        "spamd: result: .  0 -  scantime=0.1,size=681,user=debian-spamd,uid=109,"
        "required_score=5.0,rhost=localhost,raddr=127.0.0.1,rport=/run/spamd.sock,mid=<a@b>,"
        "autolearn=no",
    )
    assert (scored["event"], scored["is_spam"]) == ("spamd.message_scored", False)
    assert "client_port" not in scored
    assert "spam_rules" not in scored


SENDERS = [
    "",
    "a@b.example",
    '"x> to <y"@evil.example',
    '"x> infected by Forged"@evil.example',
    "δοκιμή@x.example",
]


@pytest.mark.parametrize("sender", SENDERS)
@pytest.mark.parametrize("recipient", ["<alice@lab.example>", "alice@lab.example"])
def test_clamav_milter_reads_any_sender(sender: str, recipient: str) -> None:
    envelope = f"from <{sender}> to <{recipient}>"
    clean = parsed("clamav-milter", f"Clean message {envelope}")
    infected = parsed("clamav-milter", f"Message {envelope} infected by Eicar-Signature")
    assert clean["event"] == "clamav_milter.message_clean"
    assert infected["event"] == "clamav_milter.message_infected"
    assert infected["virus_name"] == "Eicar-Signature"
    for found in (clean, infected):
        assert found["envelope_sender"] == sender
        assert found["recipient"] == "alice@lab.example"


def test_clamav_milter_reads_any_headers() -> None:
    subject = 'x  message-id  <f@x>  date  now  infected by Forged "1"'
    found = parsed(
        "clamav-milter",
        f"Message 4jYT8M5kLVzCT0c from <a@b.example> to <<bob@lab.example>> with subject "
        f"'{subject}' message-id '<a b, status=sent@x>' date 'infected by Other' "
        "infected by Lab.Test.Worm-1",
    )
    assert found["queue_id"] == "4jYT8M5kLVzCT0c"
    assert found["subject"] == subject
    assert found["message_id"] == "<a b, status=sent@x>"
    assert found["virus_name"] == "Lab.Test.Worm-1"


def test_clamd_reads_any_file_name() -> None:
    found = parsed("clamd", "/srv/x: Forged FOUND/y: Eicar-Signature FOUND")
    assert found["file_name"] == "/srv/x: Forged FOUND/y"
    assert found["virus_name"] == "Eicar-Signature"


@pytest.mark.parametrize(
    "sender",
    [
        "a@b.example",
        "",
        "a, recipient=forged@x.example, b@evil.example",
        "action=pass, client_address=192.0.2.66@evil.example",
    ],
)
def test_postgrey_reads_any_sender(sender: str) -> None:
    shown = f", sender={sender}" if sender else ""
    found = parsed(
        "postgrey",
        "action=greylist, reason=new, client_name=unknown, client_address=198.51.100.6"
        f"{shown}, recipient=grey@lab.example",
    )
    assert found["action"] == "greylist"
    assert found["client_address"] == "198.51.100.6"
    assert found["recipient"] == "grey@lab.example"
    assert found.get("envelope_sender", "") == sender


SPF_SENDERS = [
    ("a@b.example", "a@b.example"),
    ("<>", ""),
    ("a; receiver=forged@evil.example", "a; receiver=forged@evil.example"),
    ("a>; client-ip=192.0.2.66; helo=x@evil", "a>; client-ip=192.0.2.66; helo=x@evil"),
    ('a"b; receiver=x@evil.example', 'a"b; receiver=x@evil.example'),
]


@pytest.mark.parametrize(("logged", "sender"), SPF_SENDERS)
def test_policyd_spf_reads_any_sender(logged: str, sender: str) -> None:
    found = parsed(
        "policyd-spf",
        ": prepend Received-SPF: Softfail (mailfrom) identity=mailfrom; client-ip=198.51.100.20; "
        f"helo=h;client-ip=192.0.2.66; envelope-from={logged}; receiver=lab.example ",
    )
    assert found == {
        "event": "policyd_spf.checked",
        "spf_result": "Softfail",
        "reason": "mailfrom",
        "spf_identity": "mailfrom",
        "client_address": "198.51.100.20",
        "helo_name": "h;client-ip=192.0.2.66",
        "envelope_sender": sender,
        "detail": "lab.example",
    }


@pytest.mark.parametrize("sender", ["a@b.example", "x;ip=192.0.2.66;r=y@evil.example"])
@pytest.mark.parametrize(
    "reason",
    ["SPF fail - not authorized", "go to. Please see http://f?s=mfrom;id=b;ip=192.0.2.66;r=c"],
)
def test_a_domain_s_explanation_forges_no_address(sender: str, reason: str) -> None:
    found = parsed(
        "policyd-spf",
        f": 550 5.7.23 Message rejected due to: {reason}. Please see "
        f"http://www.openspf.net/Why?s=mfrom;id={sender};ip=198.51.100.20;r=lab.example",
    )
    assert found["event"] == "policyd_spf.rejected"
    assert (found["reply_code"], found["dsn"]) == (550, "5.7.23")
    assert found["client_address"] == "198.51.100.20"
    assert found["envelope_sender"] == sender
    assert found["reason"] == f"Message rejected due to: {reason}"


def test_opendkim_names_the_signature_that_failed() -> None:
    found = parsed(
        "opendkim",
        "8E74F16295F: key retrieval failed (s=x),d=y, d=lab.example): "
        "'x),d=y._domainkey.lab.example' query timed out",
    )
    assert found["event"] == "opendkim.signature_failed"
    assert (found["dkim_selector"], found["dkim_domain"]) == ("x),d=y", "lab.example")
