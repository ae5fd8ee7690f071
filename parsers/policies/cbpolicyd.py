"""cbpolicyd (policyd 2, cluebringer) and policyd 1: greylisting, quotas, HELO and SPF checks.

Addresses stand without quotes. They are read up to the last place that fits, since what comes
after them is the daemon's own; but `track=` repeats the sender.
"""

from parsers.policies.net_server import server
from parsers.shapes import Shape

_DAEMONS = ("cbpolicyd",)
_SOURCE = "policyd cbp/modules/*.pm"

SHAPES = (
    Shape(
        event="cbpolicyd.checked",
        daemons=_DAEMONS,
        template=(
            (
                "module={detail:name}, {action|mode}={action:name}[, host={client_address}]"
                "[, helo=[{helo_name:word}]][, from=[{envelope_sender:rest}], to={recipient:rest}],"
                " reason={reason:name}{*}"
            ),
            "module={detail:name}, {action|mode}={action:name}, {reason:rest}",
        ),
        pairs={"policy": "{:word}"},
        samples=(
            (
                "module=Quotas, mode=update, host=203.0.113.5, helo=mail.partner.example,"
                " from=anna@partner.example, to=dave@lab.example, reason=quota_update, policy=6,"
                " quota=3, limit=4, track=Sender:anna@partner.example, counter=MessageCount,"
                " quota=2.00/200 (1.0%)"
            ),
            (
                "module=CheckSPF, action=reject, host=198.51.100.20, helo=x.example,"
                " from=anna@partner.example, to=dave@lab.example, reason=spf_fail"
            ),
            "module=Quotas, action=none, session=5",
        ),
        source=_SOURCE,
        common=True,
    ),
    Shape(
        event="cbpolicyd.noted",
        daemons=_DAEMONS,
        template="\\[{stage:=CORE|CBPOLICYD|QUOTAS|ACCOUNTING|GREYLISTING|CHECKHELO|CHECKSPF|"
        "ACCESSCONTROL|AMAVIS|TRACKING|POLICIES|SYSTEM|PROTOCOL/Postfix|PROTOCOLS/Postfix|"
        "PROTOCOLS/Milter|PROTOCOLS/Bizanga|PROTOCOL/Bizanga|CBPOLICYD/Milter}\\] {detail}",
        samples=("[QUOTAS] Failed to update quota_tracking item: server closed the connection",),
        source=_SOURCE,
    ),
    *server("cbpolicyd", _DAEMONS),
    Shape(
        event="policyd.checked",
        daemons=("policyd",),
        template="rcpt={:int}, {reason:name}={action:text}, host={client_address}"
        "[ ({client_name})], from={envelope_sender:rest}, to={recipient:rest}, size={detail}",
        samples=(
            (
                "rcpt=13, greylist=update, host=203.0.113.6 (out.hamster.example),"
                " from=a@hamster.example, to=grey@lab.example, size=0"
            ),
        ),
        source="policyd policyd.c (1.x)",
    ),
)
