"""postfix-policyd-spf-perl: SPF results that it gives Postfix as a policy service.

Older versions write Postfix's queue id and `: ` first; before a queue file exists the id is empty,
and the colon stays. Mail::SPF quotes the sender in the header and not in the comment before it, so
the comment is read up to the last place that fits; the daemon's own words end the header.
"""

from parsers.shapes import Shape

_DAEMONS = ("postfix/policy-spf",)
_SOURCE = "postfix-policyd-spf-perl postfix-policyd-spf-perl"
_QUEUE_ID = "[[{queue_id}]: ]"
_ACTION = _QUEUE_ID + "Policy action="
_INFO = "receiver={detail:word}; identity={spf_identity:name}; "
_HELO = 'helo=["]{helo_name:word}["]; client-ip={client_address}'
_MESSAGE = (
    "[{:rest} ]{:word}?s={spf_identity:name};id={envelope_sender:rest};ip={client_address};"
    "r={detail}"
)

SHAPES = (
    Shape(
        event="policy_spf.checked",
        daemons=_DAEMONS,
        template=(
            (
                _ACTION
                + "PREPEND Received-SPF: {spf_result:name} ({reason:rest}) "
                + _INFO
                + '[envelope-from="{envelope_sender:rest}"; ]'
                + _HELO
            ),
            _ACTION + "PREPEND Received-SPF: {spf_result:name}[ {reason:rest}]",
            _QUEUE_ID
            + "SPF {spf_result:name}[ ({reason:text})]: HELO/EHLO[ (Null Sender)]: "
            + "{helo_name:word}[, IP Address: {client_address}, Recipient: {recipient:rest}]",
            _QUEUE_ID + "SPF {spf_result:name}[ ({reason:text})]: Envelope-from: {detail}",
        ),
        samples=(
            (
                "Policy action=PREPEND Received-SPF: pass (partner.example: 203.0.113.5 is"
                " authorized to use 'anna@partner.example' in 'mfrom' identity (mechanism"
                " 'ip4:203.0.113.5' matched)) receiver=mx.lab.example; identity=mailfrom;"
                ' envelope-from="anna@partner.example"; helo=mail.partner.example;'
                " client-ip=203.0.113.5"
            ),
            "Policy action=PREPEND Received-SPF: none",
            (
                ": SPF none (No applicable sender policy available): HELO/EHLO:"
                " mail.partner.example, IP Address: 203.0.113.5, Recipient: dave@lab.example"
            ),
            (
                ": SPF pass (Mechanism 'ip4:203.0.113.5' matched): Envelope-from:"
                " anna@partner.example"
            ),
        ),
        source=_SOURCE,
        common=True,
    ),
    Shape(
        event="policy_spf.rejected",
        daemons=_DAEMONS,
        template=(
            _ACTION + "{reply_code} " + _MESSAGE,
            _ACTION + "{reply_code} [{dsn} ]{reason:rest}",
        ),
        samples=(
            (
                "Policy action=550 Please see http://www.openspf.net/Why?s=mfrom;"
                "id=anna%40partner.example;ip=198.51.100.20;r=mx.lab.example"
            ),
            "Policy action=550 Your domain does not send from there",
        ),
        source=_SOURCE,
        constants={"action": "reject"},
    ),
    Shape(
        event="policy_spf.deferred",
        daemons=_DAEMONS,
        template=_ACTION + "DEFER_IF_PERMIT SPF-Result={reason:rest}",
        samples=("Policy action=DEFER_IF_PERMIT SPF-Result=partner.example: Time-out on DNS",),
        source=_SOURCE,
        constants={"action": "defer"},
    ),
    Shape(
        event="policy_spf.skipped",
        daemons=_DAEMONS,
        template=(
            _ACTION + "PREPEND [{detail:name} ]X-Comment[:] {reason:rest}",
            _ACTION + "PREPEND Authentication-Results: {detail:word} none ({reason:text})",
            _ACTION + "{DUNNO|<UNKNOWN>}{detail}",
        ),
        samples=(
            (
                "Policy action=PREPEND X-Comment: SPF not applicable to localhost connection -"
                " skipped check"
            ),
            (
                "Policy action=PREPEND Authentication-Results: mx.lab.example; none (SPF not"
                " checked for localhost)"
            ),
            "Policy action=DUNNO",
        ),
        source=_SOURCE,
    ),
    Shape(
        event="policy_spf.check_failed",
        daemons=_DAEMONS,
        template=(
            (
                "[[{queue_id}]:][ ]{reason:=HELO|Mail From (sender)} check failed - Mail::SPF->new"
                "({detail}"
            ),
            "fatal_exit: {reason:rest}",
        ),
        samples=(
            (
                "HELO check failed - Mail::SPF->new(203.0.113.5, anna@partner.example, [x]) failed:"
                " Mandatory option missing"
            ),
            "fatal_exit: cannot listen",
        ),
        source=_SOURCE,
        constants={"severity": "error"},
    ),
    Shape(
        event="policy_spf.debugged",
        daemons=_DAEMONS,
        template=(
            _QUEUE_ID + "Attribute: {checked_text:rest}",
            _QUEUE_ID + "handler {detail:name}: {reason:rest}",
        ),
        samples=(
            ": Attribute: client_address=203.0.113.5",
            "handler sender_policy_framework: is decisive.",
        ),
        source=_SOURCE,
        constants={"severity": "info"},
    ),
)
