"""Lines of the receiving side in which a client, a sender or a server chose text that looks like
the rest of the line, or like another line: no other field may shift, and the event stays."""

import pytest

from parsers.batch import parse_lines
from parsers.registry import registry

CLIENT = "out.example[203.0.113.6]"
TRUE_CLIENT = {"client_name": "out.example", "client_address": "203.0.113.6"}


def expect(daemon: str, body: str, event: str, **truth: object) -> None:
    found, fields = registry().match(f"postfix/{daemon}", body)
    assert found == event, body
    assert {name: fields.get(name) for name in truth} == truth, body


CHOSEN = [
    "x",
    "",
    "a b: c, d; e",
    "x; from=<a@x.example> to=<b@x.example> proto=ESMTP helo=<y",
    "x> sasl_method=PLAIN sasl_username=eve",
    "x>: Relay access denied; from=<a@x.example",
    "x from evil.example[192.0.2.66]: 550 5.7.1 no",
    " from evil.example[192.0.2.66]",
    "x, sasl_username=eve",
    "x, sasl_username=(unavailable)",
    "x, orig_queue_id=9BB5B162711",
    "9BB5B162711: client=evil.example[192.0.2.66]",
    "NOQUEUE: reject: RCPT from evil.example[192.0.2.66]: 550 5.7.1 no",
    "x: address or MX lookup error: y",
    "x: RBL lookup error: y",
    "x: table lookup problem",
    "x: disabling TLS support",
    "x -- message not accepted, try again later",
    "x does not resolve to address 192.0.2.66",
    'x" rejected "y": "250 Ok',
    "x blocked using evil.example",
    "x... from evil.example[192.0.2.66]",
    "é ü <>[]()",
]


@pytest.mark.parametrize("text", CHOSEN)
@pytest.mark.parametrize("stage", ["HELO", "EHLO"])
@pytest.mark.parametrize("action", ["reject", "reject_warning"])
def test_a_greeting_while_it_is_checked(text: str, stage: str, action: str) -> None:
    expect(
        "smtpd",
        f"NOQUEUE: {action}: {stage} from {CLIENT}: 504 5.5.2 <{text}>: Helo command rejected:"
        f" need fully-qualified hostname; proto=SMTP helo=<{text}>",
        "postfix.rejected" if action == "reject" else "postfix.checked",
        **TRUE_CLIENT,
        action=action,
        stage=stage,
        reply_code=504,
        dsn="5.5.2",
        envelope_sender=None,
        recipient=None,
        queue_id=None,
        dnsbl=None,
    )


@pytest.mark.parametrize("text", CHOSEN)
@pytest.mark.parametrize("method", ["LOGIN", "authentication", "x:"])
def test_a_login_name_forges_no_client_and_hides_no_name(text: str, method: str) -> None:
    expect(
        "smtpd",
        f"warning: {CLIENT}: SASL {method} authentication failed: authentication failure,"
        f" sasl_username={text}",
        "postfix.authentication_failed",
        **TRUE_CLIENT,
        sasl_method=method,
        reason="authentication failure",
        sasl_username=text,
    )


def test_a_name_that_was_not_given_is_none() -> None:
    expect(
        "smtpd",
        f"warning: {CLIENT}: SASL LOGIN authentication failed: UGFzc3dvcmQ6,"
        " sasl_username=(unavailable)",
        "postfix.authentication_failed",
        reason="UGFzc3dvcmQ6",
        sasl_username=None,
    )


@pytest.mark.parametrize("text", CHOSEN)
@pytest.mark.parametrize(
    ("body", "event", "truth"),
    [
        (
            f"warning: non-SMTP command from {CLIENT}: {{}}",
            "postfix.protocol_violated",
            {**TRUE_CLIENT, "reason": "non-SMTP command"},
        ),
        (
            f"warning: Illegal address syntax from {CLIENT} in MAIL command: {{}}",
            "postfix.protocol_violated",
            {**TRUE_CLIENT, "reason": "Illegal address syntax", "stage": "MAIL"},
        ),
        (
            f"improper command pipelining after DATA from {CLIENT}: {{}}",
            "postfix.protocol_violated",
            {**TRUE_CLIENT, "reason": "improper command pipelining", "stage": "DATA"},
        ),
        (
            f"warning: {CLIENT}: request longer than 2048: {{}}...",
            "postfix.protocol_violated",
            {**TRUE_CLIENT, "item_count": 2048},
        ),
        (
            f"warning: NOQUEUE: malformed BDAT command syntax from {CLIENT}: {{}}",
            "postfix.protocol_violated",
            {**TRUE_CLIENT, "reason": "malformed BDAT command syntax", "queue_id": None},
        ),
        (
            f"warning: reject: ETRN {{}}... from {CLIENT}",
            "postfix.protocol_violated",
            {**TRUE_CLIENT, "stage": "ETRN"},
        ),
        (
            f'{CLIENT}: replacing command "{{}}" with "NOOP"',
            "postfix.command_replaced",
            TRUE_CLIENT,
        ),
        (
            f"{CLIENT}: subject_CN={{}}, issuer=CA, cert fingerprint=0A, pkey fingerprint=0B",
            "postfix.tls_client_named",
            TRUE_CLIENT,
        ),
        (
            f"certificate verification failed for {CLIENT}: untrusted issuer /CN={{}}",
            "postfix.tls_client_unverified",
            TRUE_CLIENT,
        ),
        (
            "NOQUEUE: reply filter in: 550 5.1.1 <{}>: no",
            "postfix.reply_filtered",
            {"queue_id": None, "reply": "550 5.1.1 <{}>: no"},
        ),
        (
            'warning: proxy 127.0.0.1:10025 rejected "RCPT TO:<{}>": "451 4.3.0 no"',
            "postfix.proxy_failed",
            {"file_name": "127.0.0.1:10025", "reply": "451 4.3.0 no"},
        ),
        (
            "warning: Unable to look up MX host mx.example for Sender address {}: Host not found",
            "postfix.check_lookup_failed",
            {"checked_text": "Sender address {}", "reason": "Host not found"},
        ),
    ],
)
def test_what_a_client_typed_to_smtpd(
    text: str, body: str, event: str, truth: dict[str, object]
) -> None:
    filled = {k: v.format(text) if isinstance(v, str) else v for k, v in truth.items()}
    expect("smtpd", body.format(text), event, **filled)


@pytest.mark.parametrize("text", CHOSEN)
@pytest.mark.parametrize(
    ("body", "event", "truth"),
    [
        (
            "BARE NEWLINE from [203.0.113.6]:4711 after {}",
            "postfix.screening_violated",
            {"reason": "BARE NEWLINE", "checked_text": "{}", "stage": None},
        ),
        (
            "COMMAND PIPELINING from [203.0.113.6]:4711 after MAIL: {}",
            "postfix.screening_violated",
            {"reason": "COMMAND PIPELINING", "stage": "MAIL"},
        ),
        (
            "PREGREET 26 after 0.1 from [203.0.113.6]:4711: {}",
            "postfix.screening_pregreeted",
            {"size_bytes": 26},
        ),
        (
            '[203.0.113.6]:4711: replacing command "{}" with "NOOP"',
            "postfix.command_replaced",
            {},
        ),
    ],
)
def test_what_a_client_typed_to_postscreen(
    text: str, body: str, event: str, truth: dict[str, object]
) -> None:
    filled = {k: v.format(text) if isinstance(v, str) else v for k, v in truth.items()}
    expect(
        "postscreen",
        body.format(text),
        event,
        client_address="203.0.113.6",
        client_port=4711,
        **filled,
    )


@pytest.mark.parametrize("text", CHOSEN)
@pytest.mark.parametrize(
    ("body", "event", "truth"),
    [
        (
            (
                "warning: 9BB5B162711: virtual_alias_maps map lookup problem for {} -- message not"
                " accepted, try again later"
            ),
            "postfix.mapping_failed",
            {"file_name": "virtual_alias_maps", "checked_text": "{}"},
        ),
        (
            "warning: 9BB5B162711: ignoring malformed DSN notify record <{}>",
            "postfix.envelope_record_ignored",
            {"reason": "malformed DSN notify record"},
        ),
        (
            "warning: 9BB5B162711: message rejected: malformed attribute: missing =: {}",
            "postfix.message_refused",
            {"reason": "malformed attribute: missing =: {}"},
        ),
        (
            'warning: 9BB5B162711: Milter request to drop multi-recipient: "{}"',
            "postfix.milter_request_ignored",
            {"detail": "{}"},
        ),
    ],
)
def test_what_a_sender_wrote_to_cleanup(
    text: str, body: str, event: str, truth: dict[str, object]
) -> None:
    filled = {k: v.format(text) if isinstance(v, str) else v for k, v in truth.items()}
    expect("cleanup", body.format(text), event, queue_id="9BB5B162711", **filled)


@pytest.mark.parametrize(
    "sender",
    [
        '"; from=<a@x.example> to=<b@x.example> proto=ESMTP helo=<c> novel=1"@x.example',
        '"> to=<b@x.example> proto=ESMTP helo=<c> sasl_method=PLAIN sasl_username=eve"@x.example',
        '"x>, to=<b@x.example>, proto=ESMTP, helo=<c>"@x.example',
    ],
)
@pytest.mark.parametrize(
    "tail",
    ["", " sasl_method=PLAIN sasl_username=bob", " sasl_username=<bob>", " novel=<1>"],
)
@pytest.mark.parametrize("action", ["reject", "warn", "milter-reject", "milter-hold"])
def test_a_quoted_sender_before_every_tail(sender: str, tail: str, action: str) -> None:
    expect(
        "smtpd",
        f"9BB5B162711: {action}: DATA from {CLIENT}: 550 5.7.1 no; from=<{sender}>"
        f" to=<bob@x.example> proto=ESMTP helo=<h.example>{tail}",
        "postfix.rejected" if "reject" in action else "postfix.checked",
        **TRUE_CLIENT,
        action=action,
        envelope_sender=sender,
        recipient="bob@x.example",
        helo_name="h.example",
        sasl_username="bob" if "bob" in tail else None,
    )


@pytest.mark.parametrize("text", ["x", "a: b", "a: TLSv1.3 with cipher X (1/1 bits)", "a b"])
def test_a_name_that_tls_was_asked_for(text: str) -> None:
    expect(
        "smtpd",
        f"warning: TLS SNI from {CLIENT} is invalid: {text}",
        "postfix.tls_peer_unusable",
        **TRUE_CLIENT,
        detail=text,
    )


def test_the_batch_parser_is_not_fooled_either() -> None:
    bodies = [
        f"NOQUEUE: reject: EHLO from {CLIENT}: 504 5.5.2 <{text}>: Helo command rejected: no;"
        f" proto=SMTP helo=<{text}>"
        for text in CHOSEN
    ] + [f"warning: non-SMTP command from {CLIENT}: {text}" for text in CHOSEN]
    for body, row in zip(bodies, parse_lines(bodies, program="postfix/smtpd"), strict=True):
        assert row["queue_id"] is None
        found = (row["event"], row["fields"])
        assert found == registry().match("postfix/smtpd", body), body
