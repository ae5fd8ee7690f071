"""Lines whose HELO, addresses, headers, commands or replies an attacker chose.

The lines are composed here as the daemons compose them, quoting included, from fragments that
look like the daemons' own words. Whatever was chosen, the fields say what truly was.
"""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.batch import parse_lines
from parsers.registry import registry

FRAGMENTS = (
    *"abz;:,=@<>\"'\\. ",
    "; from=<",
    "from h.example[192.0.2.9]: 550 5.7.1 ",
    "> to=<",
    " from h.example[192.0.2.9]: ",
    " from h.example[192.0.2.9]; from=<e@x.example>",
    "> proto=SMTP helo=<",
    "> sasl_username=",
    " sasl_method=PLAIN sasl_username=eve",
    "; from=<a@x.example> to=<b@x.example> proto=SMTP helo=<z>",
    "; from=<a@x.example>, to=<b@x.example>, proto=SMTP, helo=<z>",
    ">, relay=h[192.0.2.9]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 Ok)",
    ", status=sent (250 2.0.0 Ok",
    ": queued as 9BB5B162711",
    ">, size=1, nrcpt=1 (queue active)",
    " orig_id=9BB5B162711",
    ", sasl_username=eve",
    " blocked using evil.example",
    ": Relay access denied",
    "9BB5B162711: ",
    "\u00e9",
)
chosen = st.lists(st.sampled_from(FRAGMENTS), max_size=6).map("".join)
local_parts = chosen.filter(lambda text: text != "")


def external(local_part: str) -> str:
    """The address as Postfix logs it: quoted where its local part is no dot-string."""
    if re.fullmatch(r'[^ ()<>@,;:\\"\[\].]+([.][^ ()<>@,;:\\"\[\].]+)*', local_part):
        return f"{local_part}@x.example"
    escaped = re.sub(r'(["\\])', r"\\\1", local_part)
    return f'"{escaped}"@x.example'


def neutered(text: str) -> str:
    """A HELO argument as smtpd(8) logs it."""
    return re.sub(r'[ <>()\\";@]', "?", text) or "h"


def parsed(daemon: str, body: str) -> tuple[str, dict[str, object]]:
    """What a single body is; the batch parser says the same (checked in test_shapes)."""
    return registry().match(f"postfix/{daemon}", body)


def expect(daemon: str, body: str, event: str, **truth: object) -> None:
    found, fields = parsed(daemon, body)
    assert found == event, body
    assert {name: fields.get(name) for name in truth} == truth, body


@settings(max_examples=150, deadline=None)
@given(local_parts, local_parts, chosen)
def test_smtpd_reject(sender: str, recipient: str, helo: str) -> None:
    expect(
        "smtpd",
        f"NOQUEUE: reject: RCPT from out.example[203.0.113.6]: 550 5.1.1 <{recipient}@x.example>:"
        f" Recipient address rejected: User unknown; from=<{external(sender)}>"
        f" to=<{external(recipient)}> proto=ESMTP helo=<{neutered(helo)}>",
        "postfix.rejected",
        queue_id=None,
        action="reject",
        stage="RCPT",
        client_name="out.example",
        client_address="203.0.113.6",
        reply_code=550,
        dsn="5.1.1",
        envelope_sender=external(sender),
        recipient=external(recipient),
        protocol="ESMTP",
        helo_name=neutered(helo),
        sasl_username=None,
    )


@settings(max_examples=150, deadline=None)
@given(local_parts, local_parts, chosen)
def test_smtpd_reject_by_block_list(sender: str, recipient: str, helo: str) -> None:
    expect(
        "smtpd",
        "9BB5B162711: reject: RCPT from out.example[203.0.113.6]: 554 5.7.1 Service unavailable;"
        f" Client host [203.0.113.6] blocked using bl.example; Listed; from=<{external(sender)}>"
        f" to=<{external(recipient)}> proto=ESMTP helo=<{neutered(helo)}>",
        "postfix.rejected",
        queue_id="9BB5B162711",
        dnsbl="bl.example",
        reason="Listed",
        envelope_sender=external(sender),
        recipient=external(recipient),
        helo_name=neutered(helo),
    )


@settings(max_examples=150, deadline=None)
@given(local_parts, local_parts, chosen)
def test_milter_reject(sender: str, recipient: str, helo: str) -> None:
    expect(
        "cleanup",
        "5EAA2162817: milter-reject: END-OF-MESSAGE from out.example[203.0.113.6]: 5.7.1 Command"
        f" rejected; from=<{external(sender)}> to=<{external(recipient)}> proto=ESMTP"
        f" helo=<{neutered(helo)}>",
        "postfix.rejected",
        queue_id="5EAA2162817",
        action="milter-reject",
        reason="Command rejected",
        envelope_sender=external(sender),
        recipient=external(recipient),
        helo_name=neutered(helo),
    )


@settings(max_examples=150, deadline=None)
@given(local_parts, local_parts, chosen.map(lambda text: text.replace(" ", "")))
def test_postscreen_reject(sender: str, recipient: str, helo: str) -> None:
    expect(
        "postscreen",
        "NOQUEUE: reject: RCPT from [203.0.113.6]:4711: 550 5.5.1 Protocol error;"
        f" from=<{external(sender)}>, to=<{external(recipient)}>, proto=ESMTP, helo=<{helo}>",
        "postfix.rejected",
        stage="RCPT",
        client_address="203.0.113.6",
        client_port=4711,
        reason="Protocol error",
        envelope_sender=external(sender),
        recipient=external(recipient),
        helo_name=helo or None,
    )


@settings(max_examples=150, deadline=None)
@given(chosen, local_parts, local_parts, chosen, st.sampled_from(["", ": 5.7.1 not (here)"]))
def test_header_check(header: str, sender: str, recipient: str, helo: str, reason: str) -> None:
    expect(
        "cleanup",
        f"E07CC162832: reject: header Subject: {header} from out.example[203.0.113.6];"
        f" from=<{external(sender)}> to=<{external(recipient)}> proto=ESMTP"
        f" helo=<{neutered(helo)}>{reason}",
        "postfix.rejected",
        action="reject",
        stage="header",
        checked_text=f"Subject: {header}",
        client_name="out.example",
        envelope_sender=external(sender),
        recipient=external(recipient),
        helo_name=neutered(helo),
        reason="not (here)" if reason else None,
    )


@settings(max_examples=150, deadline=None)
@given(local_parts, local_parts, chosen, st.sampled_from(["", ", tls=may"]))
def test_delivery(recipient: str, original: str, reply: str, novel: str) -> None:
    expect(
        "smtp",
        f"9BB5B162711: to=<{external(recipient)}>, orig_to=<{external(original)}>,"
        f" relay=mx.example[203.0.113.9]:25, delay=2, delays=1/0/0/1{novel}, dsn=4.2.0,"
        f" status=deferred (host mx.example[203.0.113.9] said: 450 4.2.0 {reply} (in reply to"
        " RCPT TO command))",
        "postfix.delivery_attempted",
        recipient=external(recipient),
        original_recipient=external(original),
        relay_host="mx.example",
        relay_address="203.0.113.9",
        delay_seconds=2.0,
        dsn="4.2.0",
        status="deferred",
        reply=f"host mx.example[203.0.113.9] said: 450 4.2.0 {reply} (in reply to RCPT TO command)",
        remote_queue_id=None,
    )


@settings(max_examples=100, deadline=None)
@given(chosen)
def test_server_that_chose_its_reply(reply: str) -> None:
    expect(
        "smtp",
        f"9BB5B162711: host mx.example[203.0.113.9] said: {reply} (in reply to RCPT TO command)",
        "postfix.server_refused",
        queue_id="9BB5B162711",
        relay_host="mx.example",
        reply=f"{reply} (in reply to RCPT TO command)",
    )


@settings(max_examples=100, deadline=None)
@given(local_parts)
def test_queue_lines(sender: str) -> None:
    address = external(sender)
    expect(
        "qmgr",
        f"9BB5B162711: from=<{address}>, size=414, nrcpt=2 (queue active)",
        "postfix.message_queued",
        envelope_sender=address,
        size_bytes=414,
        recipient_count=2,
    )
    expect(
        "qmgr",
        f"9BB5B162711: from=<{address}>, status=expired, returned to sender",
        "postfix.message_expired",
        envelope_sender=address,
        status="expired",
    )
    expect(
        "pickup",
        f"9BB5B162711: uid=0 from=<{address}>",
        "postfix.message_picked_up",
        envelope_sender=address,
        related_queue_id=None,
    )
    expect(
        "local",
        f"9BB5B162711: passing <{address}> to transport=lmtp",
        "postfix.recipient_passed",
        recipient=address,
        transport="lmtp",
    )


@settings(max_examples=100, deadline=None)
@given(chosen)
def test_text_that_a_client_typed(text: str) -> None:
    client = {"client_name": "out.example", "client_address": "203.0.113.6"}
    expect(
        "cleanup",
        f"9BB5B162711: message-id={text}",
        "postfix.message_id_logged",
        queue_id="9BB5B162711",
        message_id=text,
    )
    expect(
        "smtpd",
        "warning: out.example[203.0.113.6]: SASL LOGIN authentication failed: (reason unavailable),"
        f" sasl_username={text}",
        "postfix.authentication_failed",
        **client,
        sasl_username=text,
        reason="(reason unavailable)",
    )
    expect(
        "smtpd",
        f"warning: non-SMTP command from out.example[203.0.113.6]: {text}",
        "postfix.protocol_violated",
        **client,
        checked_text=text,
    )
    expect(
        "smtpd",
        f"warning: reject: ETRN {text}... from out.example[203.0.113.6]",
        "postfix.protocol_violated",
        **client,
        checked_text=text,
    )
    expect(
        "postscreen",
        f"NON-SMTP COMMAND from [203.0.113.6]:4711 after RCPT: {text}",
        "postfix.screening_violated",
        client_address="203.0.113.6",
        stage="RCPT",
        checked_text=text,
    )


def test_the_batch_parser_is_not_fooled_either() -> None:
    body = (
        'NOQUEUE: reject: RCPT from out.example[203.0.113.6]: 550 5.1.1 <x; from=<"q> to=<v@w'
        "@x.example>: Recipient address rejected: User unknown; from=<s@x.example>"
        r' to=<"x; from=<\"q> to=<v@w"@x.example> proto=ESMTP helo=<h>'
    )
    fields = parse_lines([body], program="postfix/smtpd")[0]["fields"]
    assert isinstance(fields, dict)
    assert fields["envelope_sender"] == "s@x.example"
    assert fields["recipient"] == r'"x; from=<\"q> to=<v@w"@x.example'
