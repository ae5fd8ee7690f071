"""policyd-spf (pypolicyd-spf, spf-engine): SPF results that it gives Postfix as a policy service.

pyspf-milter is the same engine as a Milter. A line may begin with Postfix's queue id and `: `;
before a queue file exists the id is empty, and the colon stays. HELO name, sender and the sender
domain's explanation are the client's choice: a HELO name holds no blank, the others are read up
to the last place that fits. Results are kept as logged: `Pass`, `Softfail`.
"""

from parsers.shapes import Shape

_DAEMONS = ("policyd-spf", "pyspf-milter")
_QUEUE_ID = "[[{queue_id}]: ]"
_CLIENT = "client-ip={client_address}; helo={helo_name}; envelope-from="
_IDENTITY = "identity={spf_identity:name}; " + _CLIENT
_SENT = "[<]{envelope_sender}[>]; receiver={detail:text}[ ]"
_SENT_LOOSE = "{envelope_sender:rest}; receiver={detail:text}[ ]"
_HEADER = _QUEUE_ID + "{prepend|Header field not prepended:} "
_RECEIVED_SPF = _HEADER + "Received-SPF: {spf_result} ({reason}) " + _IDENTITY
# What pyspf says itself, not the sender's domain; authres escapes parentheses in a comment.
_COMMENT = (
    "({reason:=sender SPF authorized|domain owner discourages use of this host|"
    "access neither permitted nor denied|no SPF record|SPF fail - not authorized|"
    "Receiver policy for SPF Fail|Receiver policy for SPF Softfail|"
    "Receiver policy for SPF Neutral|mailfrom|helo})"
)
_MESSAGE = (
    "{reason:rest}. Please see {:word}?s={spf_identity:name};id={envelope_sender:rest};"
    "ip={client_address};r={detail}"
)
_SOURCE = "spf-engine spf_engine/policyd_spf.py, spf_engine/__init__.py"

SHAPES = (
    Shape(
        event="policyd_spf.checked",
        daemons=_DAEMONS,
        template=(
            _RECEIVED_SPF + _SENT,
            _RECEIVED_SPF + _SENT_LOOSE,
            (
                _HEADER
                + "Authentication-Results: {:word}; spf={spf_result:name} "
                + _COMMENT
                + " smtp.{spf_identity:=mailfrom|helo}={:word} ("
                + _CLIENT
                + "[<]{envelope_sender}[>]; receiver={detail:text})"
            ),
            _HEADER + "Authentication-Results: {detail:text}; spf={spf_result:name} {reason:rest}",
            "{spf_result:name}; " + _IDENTITY + _SENT,
            "{spf_result:name}; " + _IDENTITY + _SENT_LOOSE,
            "spfcheck: pyspf result: \"\\['{spf_result:name}', {reason:rest}\\]\"",
        ),
        samples=(
            (
                ": prepend Received-SPF: Pass (mailfrom) identity=mailfrom; client-ip=203.0.113.5; "
                "helo=mail.partner.example; envelope-from=anna@partner.example; "
                "receiver=lab.example "
            ),
            (
                ": prepend Received-SPF: None (no SPF record) identity=helo; client-ip=127.0.0.20; "
                "helo=mx.remote.example; envelope-from=<>; receiver=lab.example "
            ),
            (
                "9BB5B162711: prepend Received-SPF: Neutral (mailfrom) identity=mailfrom; "
                "client-ip=2001:db8::20; helo=forwarder.other.example; "
                "envelope-from=odd>one@neutral.example; receiver=lab.example "
            ),
            (
                "prepend Authentication-Results: mx.lab.example; spf=pass (sender SPF authorized) "
                "smtp.mailfrom=partner.example (client-ip=203.0.113.5; helo=mail.partner.example; "
                "envelope-from=anna@partner.example; receiver=lab.example)"
            ),
            (
                "prepend Authentication-Results: mx.lab.example; spf=fail (Not from there) "
                "smtp.mailfrom=partner.example (client-ip=203.0.113.5; helo=mail.partner.example; "
                "envelope-from=anna@partner.example; receiver=lab.example)"
            ),
            (
                "Pass; identity=mailfrom; client-ip=203.0.113.5; helo=mail.partner.example; "
                "envelope-from=anna@partner.example; receiver=dave@lab.example "
            ),
            (
                "Softfail; identity=mailfrom; client-ip=203.0.113.5; helo=mail.partner.example; "
                "envelope-from=odd>one@neutral.example; receiver=dave@lab.example "
            ),
            "spfcheck: pyspf result: \"['Pass', 'sender SPF authorized', 'mailfrom']\"",
        ),
        source=_SOURCE,
        common=True,
    ),
    Shape(
        event="policyd_spf.rejected",
        daemons=_DAEMONS,
        template=(
            _QUEUE_ID + "{reply_code} [{dsn} ]" + _MESSAGE,
            _QUEUE_ID + "{reply_code} [{dsn} ]{reason:rest}",
            "{dsn:=5.7.1|5.7.23|5.7.24} " + _MESSAGE,
            "{dsn:=5.7.1|5.7.23|5.7.24} {reason:rest}",
        ),
        samples=(
            (
                ": 550 5.7.23 Message rejected due to: SPF fail - not authorized. Please see "
                "http://www.openspf.net/Why?s=mfrom;id=alice@lab.example;ip=127.0.0.20;r=lab.example"
            ),
            "550 Your domain does not send from there",
            (
                "5.7.23 Message rejected due to: SPF fail - not authorized. Please see "
                "http://www.openspf.net/Why?s=mfrom;id=alice@lab.example;ip=127.0.0.20;r=none"
            ),
            "5.7.23 Your domain does not send from there",
        ),
        source=_SOURCE,
        constants={"action": "reject"},
    ),
    Shape(
        event="policyd_spf.deferred",
        daemons=_DAEMONS,
        template=(
            _QUEUE_ID + "defer_if_permit [{dsn} ]" + _MESSAGE,
            _QUEUE_ID + "defer_if_permit [{dsn} ]{reason:rest}",
            "{dsn:=4.7.24} " + _MESSAGE,
            "{dsn:=4.7.24} {reason:rest}",
        ),
        samples=(
            (
                ": defer_if_permit 4.7.24 Message deferred due to: SPF Temporary Error: DNS "
                "timeout. Please see http://www.openspf.net/Why?s=mfrom;id=x@servfail.example;"
                "ip=203.0.113.6;r=lab.example"
            ),
            "defer_if_permit 4.7.24 Your name servers do not answer",
            (
                "4.7.24 Message deferred due to: SPF Temporary Error: DNS timeout. Please see"
                " http://www.openspf.net/Why?s=helo;id=x.example;ip=203.0.113.6;r=none"
            ),
            "4.7.24 Your name servers do not answer",
        ),
        source=_SOURCE,
        constants={"action": "defer"},
    ),
    Shape(
        event="policyd_spf.skipped",
        daemons=_DAEMONS,
        template=(
            _HEADER + "X-Comment: {reason} - " + _CLIENT + _SENT_LOOSE,
            "X-Comment: {reason} - " + _CLIENT + _SENT_LOOSE,
            (
                _HEADER
                + "Authentication-Results: {:word} none ({reason} - [ ]"
                + _CLIENT
                + "{envelope_sender:rest}; receiver={detail:text})"
            ),
        ),
        samples=(
            (
                ": prepend X-Comment: SPF check N/A for local connections - client-ip=127.0.0.1; "
                "helo=localhost; envelope-from=app@lab.example; receiver=lab.example "
            ),
            (
                "X-Comment: SPF skipped for whitelisted relay - client-ip=198.51.100.20; "
                "helo=forwarder.example; envelope-from=a@partner.example; receiver=<UNKNOWN> "
            ),
            (
                "prepend Authentication-Results: mx.lab.example; none (SPF skipped for whitelisted"
                " relay -  client-ip=198.51.100.20; helo=forwarder.example;"
                " envelope-from=a@partner.example; receiver=lab.example)"
            ),
        ),
        source=_SOURCE,
    ),
    Shape(
        event="policyd_spf.restriction_applied",
        daemons=_DAEMONS,
        template=_QUEUE_ID + "result_only {action:rest}",
        samples=("9BB5B162711: result_only permit_spf",),
        source=_SOURCE,
    ),
)
