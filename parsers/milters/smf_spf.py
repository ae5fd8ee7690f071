"""smf-spf: SPF results of a Milter. A HELO name holds no blank; the sender ends the line."""

from parsers.shapes import Shape

_SOURCE = "smf-spf smf-spf.c"
_DAEMONS = ("smf-spf",)
_CHECKED = (
    "SPF {spf_result:name}[ (cached)]: ip={client_address}, fqdn={client_name:word},"
    " helo={helo_name}, from="
)

SHAPES = (
    Shape(
        event="smf_spf.checked",
        daemons=_DAEMONS,
        template=(
            _CHECKED + "<{envelope_sender:rest}>",
            _CHECKED + "{envelope_sender:rest}",
            (
                "SPF {spf_result:name}[ (cached)]: {client_address}, {client_name},"
                " {helo_name:word}, [<]{envelope_sender}[>]"
            ),
        ),
        samples=(
            (
                "SPF pass (cached): ip=203.0.113.5, fqdn=mail.partner.example,"
                " helo=mail.partner.example, from=<anna@partner.example>"
            ),
            (
                "SPF none: ip=203.0.113.5, fqdn=mail.partner.example,"
                " helo=mail.partner.example, from=anna@partner.example"
            ),
            (
                "SPF fail: 203.0.113.5, mail.partner.example, mail.partner.example,"
                " <anna@partner.example>"
            ),
        ),
        source=_SOURCE,
        common=True,
    ),
    Shape(
        event="smf_spf.skipped",
        daemons=_DAEMONS,
        template=(
            "SPF skip : {reason:=empty sender}, helo={helo_name}, ip={client_address}",
            "SPF skip : username {sasl_username:rest}, from=<{envelope_sender:balanced}>",
            "SPF skip : username {detail}",
            "{reason:=unknown sender IP address}, skipping SPF check",
        ),
        samples=(
            "SPF skip : empty sender, helo=mail.partner.example, ip=203.0.113.5",
            "SPF skip : username anna, from=<anna@lab.example>",
            "SPF skip : username anna, from=anna@lab.example",
            "unknown sender IP address, skipping SPF check",
        ),
        source=_SOURCE,
    ),
    Shape(
        event="smf_spf.started",
        daemons=_DAEMONS,
        template=(
            "starting {:word} {version} listening on {file_name:rest}",
            "running as uid: {uid}, gid: {:int}",
            "{Found NAT IP address.|Found  NAT IP address.} {detail}",
        ),
        samples=(
            "starting smf-spf 2.5.1 listening on unix:/run/smfs/smf-spf.sock",
            "running as uid: 118, gid: 118",
            "Found NAT IP address. Original: 198.51.100.7 . Final 5 (203.0.113.5)",
        ),
        source=_SOURCE,
    ),
    Shape(
        event="smf_spf.stopped",
        daemons=_DAEMONS,
        template="stopping {:word} {version} listening on {file_name:rest}",
        samples=("stopping smf-spf 2.5.1 listening on unix:/run/smfs/smf-spf.sock",),
        source=_SOURCE,
    ),
    Shape(
        event="smf_spf.error_logged",
        daemons=_DAEMONS,
        template="\\[ERROR\\] {reason:rest}",
        samples=("[ERROR] SPF engine init failed",),
        source=_SOURCE,
        constants={"severity": "error"},
    ),
)
