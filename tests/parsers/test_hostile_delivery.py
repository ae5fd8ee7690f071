"""Lines of the delivery side in which a sender, a recipient's address, a server or a file's name
looks like the rest of the line, or like another line: no other field may shift."""

import pytest

from parsers.batch import parse_lines
from parsers.registry import registry

RELAY = "mx.example[203.0.113.9]:25"
TRUE_RELAY = {"relay_host": "mx.example", "relay_address": "203.0.113.9", "relay_port": 25}
QUEUE_ID = "9BB5B162711"


def expect(daemon: str, body: str, event: str, **truth: object) -> None:
    """The event and fields that both matchers must find."""
    found, fields = registry().match(f"postfix/{daemon}", body)
    assert found == event, body
    assert {name: fields.get(name) for name in truth} == truth, body


CHOSEN = [
    "x",
    "a b: c, d; e",
    "x>, relay=evil[192.0.2.66]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 Ok",
    "250 2.0.0 Ok: queued as 4DDD81627E7)",
    "host evil[192.0.2.66] said: 250 Ok",
    "4DDD81627E7: to=<a@x.example>, status=sent (250 Ok)",
    "x while sending RCPT TO",
    '" with "250 Ok',
    "x: Connection refused",
    "x -- throttling",
    'x" key "y": invalid request',
    "x' failed",
    "x is older than source file y",
    "x notification failed to b@x.example: y",
    " from <evil@x.example> (queue active)",
    "é ü <>[]()",
]


@pytest.mark.parametrize("reply", CHOSEN)
@pytest.mark.parametrize("daemon", ["smtp", "lmtp"])
def test_a_server_chose_its_reply(daemon: str, reply: str) -> None:
    true = {**TRUE_RELAY, "queue_id": QUEUE_ID}
    for said in ("said", "refused to talk to me"):
        expect(
            daemon,
            f"{QUEUE_ID}: host {RELAY} {said}: {reply}",
            "postfix.server_refused",
            **true,
            reply=reply,
        )
    expect(
        daemon,
        f"{QUEUE_ID}: SASL authentication failed; server {RELAY} said: {reply}",
        "postfix.server_login_failed",
        **true,
        reply=reply,
    )
    expect(
        daemon,
        f"{QUEUE_ID}: TLS is required, but host {RELAY} refused to start TLS: {reply}",
        "postfix.tls_not_obtained",
        **true,
        reply=reply,
    )
    expect(
        daemon,
        f"warning: {QUEUE_ID}: non-ESMTP response from {RELAY}: {reply}",
        "postfix.server_misbehaved",
        **true,
        reply=reply,
    )
    expect(
        daemon,
        f'{RELAY}: replacing server reply "{reply}" with "450 4.1.1 later"',
        "postfix.reply_replaced",
        **TRUE_RELAY,
        reply=reply,
        detail="450 4.1.1 later",
    )
    expect(
        daemon,
        f'warning: bad EHLO SIZE limit "{reply}" from {RELAY}',
        "postfix.server_misbehaved",
        **TRUE_RELAY,
        reply=reply,
    )


@pytest.mark.parametrize("reply", CHOSEN)
@pytest.mark.parametrize("status", ["deferred", "bounced", "SOFTBOUNCE", "undeliverable"])
def test_a_reply_forges_no_status(status: str, reply: str) -> None:
    expect(
        "smtp",
        f"{QUEUE_ID}: to=<a@b.example>, relay={RELAY}, delay=2, delays=1/0/0/1,"
        f" tls=dane/!requiretls:nocertmatch, dsn=4.2.0, status={status} (host {RELAY} said: 450"
        f" {reply} (in reply to RCPT TO command))",
        "postfix.delivery_attempted",
        **TRUE_RELAY,
        queue_id=QUEUE_ID,
        recipient="a@b.example",
        dsn="4.2.0",
        status=status,
        tls_features="dane/!requiretls:nocertmatch",
        remote_queue_id=None,
        related_queue_id=None,
    )


@pytest.mark.parametrize("reply", [text for text in CHOSEN if not text.endswith(")")])
def test_a_reply_that_was_cut_forges_no_status(reply: str) -> None:
    expect(
        "smtp",
        f"{QUEUE_ID}: to=<a@b.example>, relay={RELAY}, delay=2, delays=1/0/0/1, dsn=4.2.0,"
        f" status=deferred (host {RELAY} said: 450-{reply}",
        "postfix.delivery_attempted",
        recipient="a@b.example",
        status="deferred",
        dsn="4.2.0",
        remote_queue_id=None,
    )


@pytest.mark.parametrize("local_part", CHOSEN)
def test_a_sender_chose_the_recipient(local_part: str) -> None:
    """Local parts are logged as they are here, as alias names and in lookups."""
    for text in (
        "alias database loop for ",
        "no recipient in alias lookup result for ",
        "required alias not found: ",
    ):
        expect("local", f"warning: {text}{local_part}", "postfix.alias_failed", username=local_part)
    expect(
        "local",
        f"warning: hash:/etc/aliases: lookup of '{local_part}' failed",
        "postfix.alias_failed",
        username=local_part,
        file_name="hash:/etc/aliases",
    )
    expect(
        "local",
        f"warning: no @ in recipient address: {local_part}",
        "postfix.address_misread",
        recipient=local_part,
        queue_id=None,
    )
    expect(
        "virtual",
        f"warning: recipient {local_part}@x.example: bad uid vmail in hash:/etc/postfix/uids",
        "postfix.mailbox_failed",
        recipient=f"{local_part}@x.example",
        file_name="hash:/etc/postfix/uids",
    )


@pytest.mark.parametrize("key", CHOSEN)
@pytest.mark.parametrize("daemon", ["trivial-rewrite", "proxymap", "local"])
def test_a_client_chose_the_key(daemon: str, key: str) -> None:
    expect(
        daemon,
        f'warning: hash:/etc/postfix/virtual lookup error for "{key}"',
        "postfix.table_lookup_failed",
        file_name="hash:/etc/postfix/virtual",
        checked_text=key,
    )
    expect(
        daemon,
        f"warning: virtual_alias_maps lookup of {key} returns an empty string result",
        "postfix.table_result_doubted",
        file_name="virtual_alias_maps",
        checked_text=key,
    )
    expect(
        daemon,
        f'fatal: proxymap lookup failed for table "hash:/etc/postfix/virtual" key "{key}": invalid'
        " request",
        "postfix.table_lookup_failed",
        severity="fatal",
        file_name="hash:/etc/postfix/virtual",
        checked_text=key,
    )


@pytest.mark.parametrize("name", CHOSEN)
@pytest.mark.parametrize("daemon", ["smtp", "smtpd", "cleanup"])
def test_a_domain_chose_its_name(daemon: str, name: str) -> None:
    expect(
        daemon,
        f"warning: valid_hostname: invalid character 32(decimal): {name}",
        "postfix.name_malformed",
        checked_text=name,
        reason="invalid character 32(decimal)",
    )


QUOTED = [
    "a@b.example",
    "",
    '"x>, size=1, nrcpt=9 (queue active)"@x.example',
    '"x> orig_id=4DDD81627E7"@x.example',
    '"x>, status=sent (250 Ok)"@x.example',
]


@pytest.mark.parametrize("address", QUOTED)
def test_a_sender_chose_an_address(address: str) -> None:
    for state, event in (
        ("size=414, nrcpt=2 (queue active)", "postfix.message_queued"),
        ("status=force-expired, returned to sender", "postfix.message_expired"),
    ):
        expect("qmgr", f"{QUEUE_ID}: from=<{address}>, {state}", event, envelope_sender=address)
    expect(
        "pickup",
        f"{QUEUE_ID}: uid=33 from=<{address}> orig_id=ADC001628E4",
        "postfix.message_picked_up",
        uid=33,
        envelope_sender=address,
        related_queue_id="ADC001628E4",
    )


@pytest.mark.parametrize("sender", CHOSEN)
def test_a_local_user_chose_the_sender(sender: str) -> None:
    expect(
        "sendmail",
        f"warning: -f option specified malformed sender: {sender}",
        "postfix.submission_failed",
        envelope_sender=sender,
        queue_id=None,
    )


def test_the_batch_parser_is_not_fooled_either() -> None:
    reply = "450 x), status=sent (250 Ok: queued as 4DDD81627E7"
    lines = [
        (
            f"{QUEUE_ID}: to=<a@b.example>, relay={RELAY}, delay=2, delays=1/0/0/1, dsn=4.2.0,"
            f" status=deferred (host {RELAY} said: {reply} (in reply to RCPT TO command))"
        ),
        f"{QUEUE_ID}: host {RELAY} said: {reply}",
    ]
    for line, row in zip(lines, parse_lines(lines, program="postfix/smtp"), strict=True):
        event, fields = registry().match("postfix/smtp", line)
        both = {"queue_id": row["queue_id"], **row["fields"]}  # type: ignore[dict-item]
        assert (row["event"], {k: v for k, v in both.items() if v is not None}) == (event, fields)
    assert fields["reply"] == reply
