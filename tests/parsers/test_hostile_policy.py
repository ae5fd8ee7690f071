"""Lines of policy servers, signers and SRS in which a client chose the HELO name, an address, a
signature's tags or its domain's explanation: no other field may shift."""

import pytest

from parsers.batch import parse_lines
from parsers.headers import daemon_of
from parsers.registry import registry


def parsed(program: str, body: str) -> dict[str, object]:
    """Event and fields of a body, which both matchers must agree on."""
    (row,) = parse_lines([body], program=program)
    event, fields = registry().match(daemon_of(program), body)
    both = {"queue_id": row["queue_id"], **row["fields"]}  # type: ignore[dict-item]
    assert (row["event"], {k: v for k, v in both.items() if v is not None}) == (event, fields)
    return {"event": event, **fields}


SENDERS = [
    "a@b.example",
    "x> to <y@evil.example",
    "x>, recipient=<forged@x.example>, helo=<h>, proto=SMTP, state=DATA, action=DUNNO@evil.example",
    "x, to=forged@x.example, reason=auto-whitelisted@evil.example",
    "x -> forged@x.example",
    "x; client-ip=192.0.2.66; helo=h@evil.example",
    "status=sent (250 ok)@evil.example",
]


# -- signatures -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "selector", ["x", "x d=bank.example", "x d=bank.example a=rsa-sha256 SSL forged"]
)
@pytest.mark.parametrize("error", ["", "error:02000068:rsa routines::bad signature"])
def test_a_selector_forges_no_domain(selector: str, error: str) -> None:
    found = parsed("opendkim", f"8E74F16295F: s={selector} d=evil.example a=rsa-sha256 SSL {error}")
    assert found["event"] == "opendkim.signature_examined"
    assert found["dkim_domain"] == "evil.example"
    assert found["dkim_selector"] == selector
    assert found.get("reason", "") == error


@pytest.mark.parametrize("domain", ["lab.example", "not internal", "x attempted to send as y"])
def test_a_from_domain_forges_no_host(domain: str) -> None:
    found = parsed(
        "opendkim", f"8E74F16295F: external host [203.0.113.5] attempted to send as {domain}"
    )
    assert found["event"] == "opendkim.signing_declined"
    assert found["client_address"] == "203.0.113.5"
    assert found["header_domain"] == domain


@pytest.mark.parametrize(
    "value", ["anna", "x malloc(): failed", "x' value 'y", "DKIM verification successful"]
)
def test_a_from_header_verifies_nothing(value: str) -> None:
    found = parsed("opendkim", f"8E74F16295F: can't parse From: header value '{value}'")
    assert found["event"] == "opendkim.message_malformed"
    assert "dkim_result" not in found
    assert found["checked_text"] == value


@pytest.mark.parametrize("service", ["mx.evil.example", "x: bank.example pass", "dmarc=pass"])
def test_an_authentication_service_passes_nothing(service: str) -> None:
    body = f"8E74F16295F ignoring Authentication-Results at 3 from {service}"
    found = parsed("opendmarc", body)
    assert found["event"] == "opendmarc.results_ignored"
    assert found["detail"] == service
    assert "dmarc_result" not in found


@pytest.mark.parametrize("header", ["x", "8E74F16295F: bank.example pass", 'x" y pass'])
def test_an_invalid_header_passes_nothing(header: str) -> None:
    found = parsed(
        "opendmarc", f'8E74F16295F: ignoring invalid Authentication-Results header "{header}"'
    )
    assert found["event"] == "opendmarc.header_ignored"
    assert "dmarc_result" not in found


def test_opendmarc_tells_spf_from_dmarc() -> None:
    spf = parsed("opendmarc", "8E74F16295F: SPF(mailfrom): partner.example fail")
    dmarc = parsed("opendmarc", "8E74F16295F: partner.example pass")
    assert (spf["spf_result"], spf["spf_domain"]) == ("fail", "partner.example")
    assert (dmarc["dmarc_result"], dmarc["header_domain"]) == ("pass", "partner.example")
    assert "dmarc_result" not in spf
    assert "spf_result" not in dmarc


# -- SPF ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sender", SENDERS)
def test_mail_spf_quotes_what_the_daemon_says_last(sender: str) -> None:
    forged = (
        f'x) receiver=f; identity=helo; envelope-from=\\"z\\"; helo=f; client-ip=1.1.1.1 {sender}'
    )
    found = parsed(
        "postfix/policy-spf",
        f"Policy action=PREPEND Received-SPF: softfail (evil.example: Sender is not authorized to"
        f" use '{sender}' in 'mfrom' identity) receiver=mx.lab.example; identity=mailfrom;"
        f' envelope-from="{forged}"; helo=h;client-ip=192.0.2.66; client-ip=198.51.100.20',
    )
    assert found["event"] == "policy_spf.checked"
    assert found["spf_result"] == "softfail"
    assert found["spf_identity"] == "mailfrom"
    assert found["envelope_sender"] == forged
    assert found["helo_name"] == "h;client-ip=192.0.2.66"
    assert found["client_address"] == "198.51.100.20"


@pytest.mark.parametrize(
    "explanation",
    ["Not from there", "x) smtp.mailfrom=bank.example (client-ip=192.0.2.66; helo=h; x=y"],
)
def test_an_explanation_forges_no_client(explanation: str) -> None:
    found = parsed(
        "policyd-spf",
        f"prepend Authentication-Results: mx.lab.example; spf=fail ({explanation})"
        " smtp.mailfrom=evil.example (client-ip=198.51.100.20; helo=h;"
        " envelope-from=a@evil.example; receiver=lab.example)",
    )
    assert (found["event"], found["spf_result"]) == ("policyd_spf.checked", "fail")
    assert found.get("client_address", "198.51.100.20") == "198.51.100.20"


@pytest.mark.parametrize("sender", SENDERS)
@pytest.mark.parametrize("program", ["policyd-spf", "pyspf-milter"])
def test_old_result_lines_take_any_sender(program: str, sender: str) -> None:
    found = parsed(
        program,
        "Softfail; identity=mailfrom; client-ip=198.51.100.20; helo=h;client-ip=192.0.2.66;"
        f" envelope-from={sender}; receiver=dave@lab.example ",
    )
    assert (found["event"], found["spf_result"]) == ("policyd_spf.checked", "Softfail")
    assert found["client_address"] == "198.51.100.20"
    assert found["envelope_sender"] == sender
    assert found["detail"] == "dave@lab.example"


@pytest.mark.parametrize("sender", SENDERS)
def test_smf_spf_takes_any_sender(sender: str) -> None:
    found = parsed(
        "smf-spf",
        f"SPF fail: ip=198.51.100.20, fqdn=unknown, helo=h,from=x, from=<{sender}>",
    )
    assert (found["event"], found["spf_result"]) == ("smf_spf.checked", "fail")
    assert (found["client_address"], found["helo_name"]) == ("198.51.100.20", "h,from=x")
    assert found["envelope_sender"] == sender


# -- greylisting and other policies ---------------------------------------------------------------


@pytest.mark.parametrize("sender", SENDERS)
@pytest.mark.parametrize("reason", ["new", "early reconnect"])
def test_sqlgrey_takes_any_sender(sender: str, reason: str) -> None:
    found = parsed(
        "sqlgrey", f"grey: {reason}: 198.51.100(198.51.100.20), {sender} -> grey@lab.example"
    )
    assert (found["event"], found["action"]) == ("sqlgrey.greylisted", "greylist")
    assert (found["client_address"], found["reason"]) == ("198.51.100.20", reason)
    assert found["envelope_sender"] == sender
    assert found["recipient"] == "grey@lab.example"


@pytest.mark.parametrize("sender", SENDERS)
@pytest.mark.parametrize("queue_id", ["", "4jYT8M5kLVzCT0c"])
def test_postfwd_takes_any_sender(sender: str, queue_id: str) -> None:
    queue = f", queue={queue_id}" if queue_id else ""
    found = parsed(
        "postfwd3/policy",
        f"[RULES] rule=3, id=R-3{queue}, client=unknown[198.51.100.20], sender=<{sender}>,"
        " recipient=<dave@lab.example>, helo=<h>,proto=x>, proto=ESMTP, state=RCPT, delay=0.00s,"
        " hits=R-3, action=REJECT no, thanks",
    )
    assert (found["event"], found["reason"]) == ("postfwd.rule_matched", "R-3")
    assert found.get("queue_id", "") == queue_id
    assert found["client_address"] == "198.51.100.20"
    assert found["envelope_sender"] == sender
    assert found["recipient"] == "dave@lab.example"
    assert found["helo_name"] == "h>,proto=x"
    assert (found["stage"], found["action"], found["reply"]) == ("RCPT", "REJECT", "no, thanks")


@pytest.mark.parametrize("sender", SENDERS)
def test_cbpolicyd_takes_any_sender(sender: str) -> None:
    found = parsed(
        "cbpolicyd",
        "module=Greylisting, action=defer, host=198.51.100.20, helo=h,from=x,"
        f" from={sender}, to=grey@lab.example, reason=greylisted, tries=2",
    )
    assert (found["event"], found["action"]) == ("cbpolicyd.checked", "defer")
    assert (found["client_address"], found["helo_name"]) == ("198.51.100.20", "h,from=x")
    assert found["envelope_sender"] == sender
    assert (found["recipient"], found["reason"]) == ("grey@lab.example", "greylisted")
    assert found["extra"] == {"tries": "2"}


@pytest.mark.parametrize("sender", ["a@b.example", '"x> to <y> delayed for 1"@evil.example', ""])
def test_milter_greylist_takes_any_sender(sender: str) -> None:
    found = parsed(
        "milter-greylist",
        f"4jYT8M5kLVzCT0c: addr unknown[198.51.100.20] from <{sender}> to <grey@lab.example>"
        " delayed for 00:05:00 (ACL 81)",
    )
    assert (found["event"], found["queue_id"]) == ("milter_greylist.greylisted", "4jYT8M5kLVzCT0c")
    assert found["envelope_sender"] == sender
    assert found["recipient"] == "grey@lab.example"


# -- SRS and SASL ---------------------------------------------------------------------------------


@pytest.mark.parametrize("sender", SENDERS)
@pytest.mark.parametrize(
    ("line", "event"),
    [
        ("srs_forward: <{}> rewritten as <SRS0=HH=TT=x=y@lab.example>", "postsrsd.rewritten"),
        ("9BB5B162711: <{}> forwarded as <SRS0=HH=TT=x=y@lab.example>", "postsrsd.rewritten"),
        ("srs_forward: <{}> not rewritten: Domain excluded by policy", "postsrsd.not_rewritten"),
        ("NOQUEUE: <{}> not rewritten: local domain", "postsrsd.not_rewritten"),
    ],
)
def test_postsrsd_takes_any_sender(sender: str, line: str, event: str) -> None:
    found = parsed("postsrsd", line.format(sender))
    assert found["event"] == event
    assert found["envelope_sender"] == sender


@pytest.mark.parametrize(
    "user",
    [
        "anna",
        "alice] [service=imap] [realm=] [mech=pam] [reason=x",
        "alice] [service=imap] [realm=x] [remote=192.0.2.66] [mech=pam] [reason=x",
    ],
)
def test_saslauthd_accuses_nobody_else(user: str) -> None:
    found = parsed(
        "saslauthd",
        f"do_auth         : auth failure: [user={user}] [service=smtp] [realm=lab.example]"
        " [remote=198.51.100.20] [mech=pam] [reason=PAM auth error]",
    )
    assert found["event"] == "saslauthd.authentication_failed"
    assert (found["sasl_username"], found["service"]) == (user, "smtp")
    assert (found["remote_address"], found["reason"]) == ("198.51.100.20", "PAM auth error")
