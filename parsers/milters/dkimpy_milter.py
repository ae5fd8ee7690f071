"""dkimpy-milter: DKIM signatures added, verified and failed; with debugLevel what it was given."""

from parsers.shapes import Shape

_SOURCE = "dkimpy-milter dkimpy_milter/__init__.py"
_DAEMONS = ("dkimpy-milter",)
_SIGNATURE = (
    "[{queue_id}][None]: {dkim_algorithm:name} DKIM signature {} (s={dkim_selector}"
    " d={dkim_domain})"
)

SHAPES = (
    Shape(
        event="dkimpy_milter.signature_added",
        daemons=_DAEMONS,
        template=_SIGNATURE.replace("{}", "added"),
        samples=("9BB5B162711: rsa-sha256 DKIM signature added (s=mail2024 d=lab.example)",),
        source=_SOURCE,
        constants={"dkim_result": "signed"},
    ),
    Shape(
        event="dkimpy_milter.signature_verified",
        daemons=_DAEMONS,
        template=_SIGNATURE.replace("{}", "verified"),
        samples=("CD5DD16271C: ed25519-sha256 DKIM signature verified (s=m d=partner.example)",),
        source=_SOURCE,
        constants={"dkim_result": "pass"},
    ),
    Shape(
        event="dkimpy_milter.signature_failed",
        daemons=_DAEMONS,
        template=(
            "DKIM: Fail ([b']{dkim_domain:name}['])",
            "DKIM: Fail (saved as {file_name:rest})",
            "DKIM: {reason:rest}",
        ),
        samples=(
            "DKIM: Fail (b'partner.example')",
            "DKIM: Fail (saved as /var/tmp/tmpq1.dkim)",
            "DKIM: Fail, unextractable domain",
        ),
        source=_SOURCE,
        constants={"dkim_result": "fail"},
    ),
    Shape(
        event="dkimpy_milter.client_connected",
        daemons=_DAEMONS,
        template="connect from {client_name:text} at ('{client_address}', {client_port}[, 0, 0])"
        " {detail:=INTERNAL|EXTERNAL}",
        samples=("connect from mail.partner.example at ('203.0.113.5', 41522) EXTERNAL",),
        source=_SOURCE,
    ),
    Shape(
        event="dkimpy_milter.message_begun",
        daemons=_DAEMONS,
        template=(
            "mail from: <{envelope_sender:balanced}> ({detail:text})",
            "mail from: {detail}",
        ),
        samples=("mail from: <anna@partner.example> ('SIZE=500',)", 'mail from: <"odd> ()'),
        source=_SOURCE,
    ),
    Shape(
        event="dkimpy_milter.header_seen",
        daemons=_DAEMONS,
        template=(
            "{stage:=From|from|FROM}: {checked_text:rest}",
            "{stage:=DKIM-Signature|Dkim-Signature|dkim-signature}: {checked_text:rest}",
            "{stage:=content-type|content-transfer-encodeing|REMOVE}: {checked_text:rest}",
            "Authentication-Results: {checked_text:rest}",
        ),
        samples=(
            "From: Anna <anna@partner.example>",
            "DKIM-Signature: v=1; a=rsa-sha256; d=partner.example; s=mail2024",
            "content-type: text/plain",
            "Authentication-Results: mx.lab.example; dkim=pass header.d=partner.example",
        ),
        source=_SOURCE,
    ),
    Shape(
        event="dkimpy_milter.started",
        daemons=_DAEMONS,
        template="dkimpy-milter starting:{peer_pid} user:{username}",
        samples=("dkimpy-milter starting:118 user:dkimpy-milter",),
        source=_SOURCE,
    ),
    Shape(
        event="dkimpy_milter.configuration_failed",
        daemons=_DAEMONS,
        template=(
            'ERROR stating "{file_name}": {reason:rest}',
            "{ERROR|Error}: {reason:rest}",
            (
                'Config item "{detail:text}" {reason:=not defined|does not provide a value} in file'
                ' "{file_name}"'
            ),
            "Could not make {detail:text}: {reason:rest}",
            "Unable to {write|read} {pidfle|keyfile} {file_name}. {reason:rest}",
        ),
        samples=(
            'ERROR stating "/etc/dkimpy-milter.conf": No such file or directory',
            'ERROR: Unknown name or name missing value "x" in file "/etc/dkimpy-milter.conf"',
            'Config item "x" not defined in file "/etc/dkimpy-milter.conf"',
            "Could not make HostDataset from InternalHosts: bad address",
            "Unable to write pidfle /run/dkimpy-milter.pid. File exists.",
        ),
        source="dkimpy-milter dkimpy_milter/config.py, dkimpy_milter/util.py",
        constants={"severity": "error"},
    ),
    Shape(
        event="dkimpy_milter.program_failed",
        daemons=_DAEMONS,
        template=(
            "{check_dkim|sign_dkim}: {reason:rest}",
            "Traceback (most recent call last):{detail}",
            '  File "{file_name}", line {detail}',
        ),
        samples=(
            "check_dkim: Internal program fault while verifying: not enough values",
            "Traceback (most recent call last):",
            '  File "/usr/lib/python3/dist-packages/Milter/__init__.py", line 772, in <lambda>',
        ),
        source=_SOURCE,
        constants={"severity": "error"},
    ),
    Shape(
        event="dkimpy_milter.setup_reported",
        daemons=_DAEMONS,
        template=(
            "PID dir created: {file_name:rest}",
            "drop_privileges: {detail}",
            "LISTEN_FDS is set to {detail}",
            "readConfigFile: {detail}",
            "{self.conf|self.domain|internal_conn|domain|canonicalize|DNSOverride}: {detail}",
            "Signing DKIM",
        ),
        samples=(
            "PID dir created: /run/dkimpy-milter",
            "drop_privileges: Not root. No action taken.",
            'LISTEN_FDS is set to "2", but we only know how to deal with "1", ignoring it',
            'readConfigFile: Loading "/etc/dkimpy-milter.conf"',
            "domain: lab.example",
            "Signing DKIM",
        ),
        source="dkimpy-milter dkimpy_milter/__init__.py, dkimpy_milter/util.py",
    ),
)
