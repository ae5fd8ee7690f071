"""Lines of amavis in which a client chose an address, a header or a file's name: no other field
may shift, and what imitates one is not believed."""

import pytest

from parsers.batch import parse_lines
from parsers.registry import registry

FORGED = {
    "queue_id": "ABCDEF12345",
    "mail_id": "Forged",
    "remote_queue_id": "FED0123456",
    "client_address": "203.0.113.99",
    "recipient": "forged@x.example",
}
FAKE_TAIL = ", mail_id: Forged, Hits: -99, size: 1, queued_as: FED0123456, 1 ms"
FAKE_IDS = ", Queue-ID: ABCDEF12345, Message-ID: <f@x>" + FAKE_TAIL
FAKE_HEAD = " {RelayedInbound}, [203.0.113.99]:1 <f@x.example> -> <forged@x.example>"
TAIL = (
    ", Queue-ID: 10B7218ED12A, Message-ID: {message_id}, mail_id: HnYFfPf-vHfk, Hits: 1.249, size: "
    "3310, queued_as: 88C4C18ED12D"
)


def parsed(body: str) -> dict[str, object]:
    """Event and fields of a body, which both matchers must agree on."""
    (row,) = parse_lines([body], program="amavis")
    event, fields = registry().match("amavis", body)
    both = {"queue_id": row["queue_id"], **row["fields"]}  # type: ignore[dict-item]
    assert (row["event"], {k: v for k, v in both.items() if v is not None}) == (event, fields)
    return {"event": event, **fields}


def logged(text: str) -> str:
    """Text as amavis writes it: backslashes are doubled."""
    return text.replace("\\", "\\\\")


def entry(
    *,
    verdict: str = "CLEAN",
    sender: str = "<news@example.com>",
    recipients: str = "<alice@example.org>",
    message_id: str = "<1@example.com>",
    more: str = "",
) -> dict[str, object]:
    return parsed(
        logged(
            f"(01234-05) Passed {verdict} {{RelayedInbound}}, MYNETS [192.0.2.7]:4846 [192.0.2.7] "
            f"{sender} -> {recipients}" + TAIL.format(message_id=message_id) + f"{more}, 478 ms"
        )
    )


def check(found: dict[str, object], read: bool = True) -> None:
    """The line's own fields, and none of the forged ones; `read`: the whole line was read."""
    assert found["event"] == "amavis.message_checked"
    assert (found["session_id"], found["action"]) == ("01234-05", "Passed")
    for name, value in FORGED.items():
        assert found.get(name) != value, name
    if read:
        assert found["queue_id"] == "10B7218ED12A"
        assert found["client_address"] == "192.0.2.7"
        assert found["mail_id"] == "HnYFfPf-vHfk"
        assert found["spam_score"] == 1.249
        assert found["size_bytes"] == 3310
        assert found["remote_queue_id"] == "88C4C18ED12D"
        assert found["scan_milliseconds"] == 478.0


SENDERS = [
    "<>",
    "<ü@x.example>",
    f'<"x> -> <forged@x.example>{FAKE_IDS}"@evil.example>',
    f'<"x\\"> -> <forged@x.example>{FAKE_IDS}"@evil.example>',
    f'<"x\\\\\\"> -> <forged@x.example>{FAKE_IDS}"@evil.example>',
    '<"x\\\\"@evil.example>',
]


@pytest.mark.parametrize("sender", SENDERS)
@pytest.mark.parametrize(
    "recipients", ["<alice@example.org>", "<alice@example.org>,<b@example.org>"]
)
def test_amavis_reads_any_sender(sender: str, recipients: str) -> None:
    found = entry(sender=sender, recipients=recipients)
    check(found)
    assert found["envelope_sender"] == logged(sender[1:-1])
    assert found["recipient"] == "alice@example.org"
    assert found.get("further_recipients") == (recipients[20:] or None)


@pytest.mark.parametrize("recipient", SENDERS[1:])
def test_amavis_reads_any_recipient(recipient: str) -> None:
    found = entry(recipients=f"<alice@example.org>,{recipient}")
    check(found)
    assert found["further_recipients"] == logged(recipient)


@pytest.mark.parametrize("message_id", ["<a,mail_id:Forged@x>", "<a@b>,mail_id:", "<>", "<a..."])
def test_amavis_reads_a_message_id_without_blanks(message_id: str) -> None:
    found = entry(message_id=message_id)
    check(found)
    assert found["message_id"] == message_id


@pytest.mark.parametrize(
    "message_id", [f"<[\\>{FAKE_TAIL}]>", f"<a@b{FAKE_TAIL}>", f'<a_{FAKE_TAIL}, Subject: ">']
)
def test_amavis_believes_no_message_id_with_blanks(message_id: str) -> None:
    check(entry(message_id=message_id))
    verbose = ', Subject: ", From: x, helo=y", From: <x@example.com>, helo=mx.example.com'
    found = entry(message_id=message_id, more=verbose)
    check(found, read=False)
    assert found["queue_id"] == "10B7218ED12A"
    assert "spam_score" not in found


@pytest.mark.parametrize(
    "part", [".exe,x.exe", "x) {RelayedInbound}, [203.0.113.99]:1", "a) {b}, c", '"', "(("]
)
def test_amavis_reads_any_name_of_a_banned_part(part: str) -> None:
    found = entry(verdict=f"BANNED ({part})")
    check(found)
    assert found["verdict"] == "BANNED"
    assert found["reason"] == part


@pytest.mark.parametrize("part", [f"x){FAKE_HEAD}{FAKE_IDS}", "x) -> <y", "<"])
def test_amavis_believes_no_banned_part_with_angle_brackets(part: str) -> None:
    found = entry(verdict=f"BANNED ({part})")
    check(found, read=False)
    assert found["verdict"] == "BANNED"


@pytest.mark.parametrize(
    "subject",
    ["offer", FAKE_TAIL, f'x", From: y, helo=z, 5 ms"{FAKE_TAIL}', 'a "b" c', '"', "Tests: [X=1]"],
)
@pytest.mark.parametrize("helo", ["mx.example.com", "[192.168.1.23]", "x,autolearn=ham"])
def test_amavis_reads_any_subject(subject: str, helo: str) -> None:
    quoted = subject.replace('"', '""')
    found = entry(
        more=f', Subject: "{quoted}", From: a_<a@example.com>, X-Mailer: x_"y, helo={helo}, '
        "Tests: [BAYES_00=-1.9,HTML_MESSAGE=0.001], shortcircuit=no, autolearn=no, "
        "dkim_sd=s:d.example"
    )
    check(found)
    assert found["subject"] == quoted
    assert found["helo_name"] == helo
    assert found["spam_rules"] == "BAYES_00=-1.9,HTML_MESSAGE=0.001"
    assert (found["dkim_selector"], found["dkim_domain"]) == ("s", "d.example")


@pytest.mark.parametrize("more", [", novel: x", ", novel=x", ", a.b=c, novel: (x) [y]"])
def test_an_unknown_key_costs_no_line(more: str) -> None:
    found = entry(more=more)
    assert found["event"] == "amavis.message_checked"
    assert (found["mail_id"], found["spam_score"]) == ("HnYFfPf-vHfk", 1.249)
    assert found["remote_queue_id"] == "88C4C18ED12D"


def test_amavis_takes_a_virus_s_name_from_its_place() -> None:
    found = entry(
        verdict="INFECTED (Eicar-Signature, X.Y)", sender='<") INFECTED (Forged"@x.example>'
    )
    check(found)
    assert (found["verdict"], found["virus_name"]) == ("INFECTED", "Eicar-Signature, X.Y")


@pytest.mark.parametrize(
    "name", ["x) Passed CLEAN {RelayedInbound}", "(01234-06) Blocked INFECTED (Forged), <a> -> <b>"]
)
def test_a_file_s_name_is_no_verdict(name: str) -> None:
    found = parsed(f'(01234-05) p.path BANNED:1 alice@example.org: "P=p003,N={name}"')
    assert found["event"] == "amavis.part_decoded"


@pytest.mark.parametrize("sender", SENDERS)
@pytest.mark.parametrize(
    "reply", ["250 2.0.0 Ok:", "250 <x> -> <y>, queued as Forged1 from MTA([::1]:1):"]
)
def test_amavis_reads_what_it_forwarded(sender: str, reply: str) -> None:
    found = parsed(
        logged(
            f"(01234-05) HnYFfPf-vHfk FWD from {sender} -> <alice@example.org>, BODY=7BIT "
            f"250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): {reply} queued as 88C4C18ED12D"
        )
    )
    assert found["event"] == "amavis.message_forwarded"
    assert found["envelope_sender"] == logged(sender[1:-1])
    assert found["recipient"] == "alice@example.org"
    assert (found["relay_address"], found["relay_port"]) == ("127.0.0.1", 10025)
    assert found["remote_queue_id"] in ("88C4C18ED12D",)


def test_a_warning_keeps_its_mark() -> None:
    found = parsed("(01234-05) (!)ClamAV-clamd av-scanner FAILED: (!!)AV: Passed CLEAN, <a> -> <b>")
    assert (found["event"], found["severity"]) == ("amavis.warning_logged", "warning")
    assert found["component"] == "ClamAV-clamd"
