"""policyd-spf (pypolicyd-spf, spf-engine): SPF results that it gives Postfix as a policy service.

A line may begin with Postfix's queue id and `: `; before a queue file exists the id is empty,
and the colon stays. HELO name, sender and the sender domain's explanation are the client's
choice: a HELO name holds no blank, the others are read up to the last place that fits.
"""

from parsers.shapes import Shape

_QUEUE_ID = "[[{queue_id}]: ]"
_CLIENT = "client-ip={client_address}; helo={helo_name}; envelope-from="
_RECEIVED_SPF = (
    _QUEUE_ID
    + "{prepend|Header field not prepended:} Received-SPF: {spf_result} ({reason}) "
    + "identity={spf_identity:name}; "
    + _CLIENT
)
_MESSAGE = (
    "{reason:rest}. Please see {:word}?s={spf_identity:name};id={envelope_sender:rest};"
    "ip={client_address};r={detail}"
)
_SOURCE = "spf-engine spf_engine/policyd_spf.py, spf_engine/__init__.py"

SHAPES = (
    Shape(
        event="policyd_spf.checked",
        daemons=("policyd-spf",),
        template=(
            _RECEIVED_SPF + "[<]{envelope_sender}[>]; receiver={detail:text}[ ]",
            _RECEIVED_SPF + "{envelope_sender:rest}; receiver={detail:text}[ ]",
            _QUEUE_ID
            + "prepend Authentication-Results: {detail:text}; spf={spf_result:name} {reason:rest}",
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
        ),
        source=_SOURCE,
    ),
    Shape(
        event="policyd_spf.rejected",
        daemons=("policyd-spf",),
        template=(
            _QUEUE_ID + "{reply_code} [{dsn} ]" + _MESSAGE,
            _QUEUE_ID + "{reply_code} [{dsn} ]{reason:rest}",
        ),
        samples=(
            (
                ": 550 5.7.23 Message rejected due to: SPF fail - not authorized. Please see "
                "http://www.openspf.net/Why?s=mfrom;id=alice@lab.example;ip=127.0.0.20;r=lab.example"
            ),
            "550 Your domain does not send from there",
        ),
        source=_SOURCE,
        constants={"action": "reject"},
    ),
    Shape(
        event="policyd_spf.deferred",
        daemons=("policyd-spf",),
        template=(
            _QUEUE_ID + "defer_if_permit [{dsn} ]" + _MESSAGE,
            _QUEUE_ID + "defer_if_permit [{dsn} ]{reason:rest}",
        ),
        samples=(
            (
                ": defer_if_permit 4.7.24 Message deferred due to: SPF Temporary Error: DNS "
                "timeout. Please see http://www.openspf.net/Why?s=mfrom;id=x@servfail.example;"
                "ip=203.0.113.6;r=lab.example"
            ),
            "defer_if_permit 4.7.24 Your name servers do not answer",
        ),
        source=_SOURCE,
        constants={"action": "defer"},
    ),
    Shape(
        event="policyd_spf.skipped",
        daemons=("policyd-spf",),
        template=_QUEUE_ID
        + "prepend X-Comment: {reason} - "
        + _CLIENT
        + "{envelope_sender:rest}; receiver={detail:text}[ ]",
        samples=(
            (
                ": prepend X-Comment: SPF check N/A for local connections - client-ip=127.0.0.1; "
                "helo=localhost; envelope-from=app@lab.example; receiver=lab.example "
            ),
        ),
        source=_SOURCE,
    ),
)
