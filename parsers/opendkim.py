"""OpenDKIM's filter: signatures added, verified and failed, and with LogWhy why none was added."""

from parsers.shapes import Shape

_SOURCE = "opendkim opendkim/opendkim.c"

SHAPES = (
    Shape(
        event="opendkim.signature_added",
        daemons=("opendkim",),
        template="{queue_id}: DKIM-Signature field added (s={dkim_selector}, d={dkim_domain})",
        samples=("9BB5B162711: DKIM-Signature field added (s=mail2024, d=lab.example)",),
        source=_SOURCE,
        constants={"dkim_result": "signed"},
    ),
    Shape(
        event="opendkim.signature_verified",
        daemons=("opendkim",),
        template="{queue_id}: DKIM verification successful",
        samples=("CD5DD16271C: DKIM verification successful",),
        source=_SOURCE,
        constants={"dkim_result": "pass"},
    ),
    Shape(
        event="opendkim.signature_examined",
        daemons=("opendkim",),
        template=(
            "{queue_id}: s={dkim_selector} d={dkim_domain}[ a={dkim_algorithm}] SSL[ ]",
            "{queue_id}: s={dkim_selector} d={dkim_domain}[ a={dkim_algorithm}] SSL {reason:rest}",
        ),
        samples=(
            "CD5DD16271C: s=mail2024 d=lab.example a=rsa-sha256 SSL ",
            "CD5DD16271C: s=mail2024 d=lab.example SSL error:02000068:rsa routines::bad signature",
        ),
        source=_SOURCE,
    ),
    Shape(
        event="opendkim.signature_failed",
        daemons=("opendkim",),
        template=(
            (
                "{queue_id}: {reason:=bad signature data|key revoked|key retrieval failed|"
                "signature processing failed}[ (s={dkim_selector}, d={dkim_domain})][: {detail}]"
            ),
        ),
        samples=(
            "8E74F16295F: bad signature data",
            (
                "8E74F16295F: key retrieval failed (s=mail2024, d=lab.example): "
                "'mail2024._domainkey.lab.example' record not found"
            ),
            "8E74F16295F: signature processing failed: unknown cause",
        ),
        source=_SOURCE,
        constants={"dkim_result": "fail"},
    ),
    Shape(
        event="opendkim.signature_missing",
        daemons=("opendkim",),
        template="{queue_id}: no signature data",
        samples=("CD5DD16271C: no signature data",),
        source=_SOURCE,
        constants={"dkim_result": "none"},
    ),
    Shape(
        event="opendkim.signatures_ignored",
        daemons=("opendkim",),
        template=(
            "{queue_id}: ignoring {item_count} {signature|signatures}",
            "{queue_id}: ignoring signature from {dkim_domain}",
        ),
        samples=(
            "CD5DD16271C: ignoring 2 signatures",
            "CD5DD16271C: ignoring signature from partner.example",
        ),
        source=_SOURCE,
    ),
    Shape(
        event="opendkim.signing_declined",
        daemons=("opendkim",),
        template=(
            "{queue_id}: {client_name:text} \\[{client_address}\\] {reason:=not internal}",
            "{queue_id}: {reason:=not authenticated|not POP authenticated|no macros match}",
            (
                "{queue_id}: {reason:=no signing domain match|no signing subdomain match|"
                "no signing table match} for '{header_domain:rest}'"
            ),
            ("{queue_id}: {reason:=no MTA name match} (host={client_name:text}, MTA={:rest})"),
            (
                "{queue_id}: external host {client_name} {reason:=attempted to send} as "
                "{header_domain}"
            ),
        ),
        samples=(
            "CD5DD16271C: mail.partner.example [203.0.113.5] not internal",
            "CD5DD16271C: not authenticated",
            "CD5DD16271C: no signing table match for 'anna@partner.example'",
            "CD5DD16271C: no MTA name match (host=mx.lab.example, MTA=smtpd)",
            "CD5DD16271C: external host mail.partner.example attempted to send as lab.example",
        ),
        source=_SOURCE,
    ),
    Shape(
        event="opendkim.message_malformed",
        daemons=("opendkim",),
        template="{queue_id}: {reason:=can't determine message sender; accepting|"
        "RFC5322 header requirement error|can't parse From: header|no sender header found}"
        "[ {detail}]",
        samples=("CD5DD16271C: can't determine message sender; accepting",),
        source=_SOURCE,
    ),
    Shape(
        event="opendkim.library_failed",
        daemons=("opendkim",),
        template=(
            (
                "{queue_id}: {reason:=signature generation error|error loading key|"
                "internal error from libopendkim|resource unavailable}[:] {detail}"
            ),
        ),
        samples=("9BB5B162711: error loading key 'mail2024'",),
        source=_SOURCE,
    ),
    Shape(
        event="opendkim.started",
        daemons=("opendkim",),
        template="OpenDKIM Filter v{version} starting (args: {detail:text})",
        samples=("OpenDKIM Filter v2.11.0 starting (args: -f -x /etc/opendkim.conf)",),
        source=_SOURCE,
    ),
    Shape(
        event="opendkim.stopped",
        daemons=("opendkim",),
        template="OpenDKIM Filter v{version} terminating with status {status}, {detail}",
        samples=("OpenDKIM Filter v2.11.0 terminating with status 0, errno = 0",),
        source=_SOURCE,
    ),
    Shape(
        event="opendkim.key_exposed",
        daemons=("opendkim",),
        template="{file_name}: key data is not secure: {reason:rest}",
        samples=(
            "lab.example: key data is not secure: /tmp can be read or written by other users",
        ),
        source=_SOURCE,
        constants={"severity": "warning"},
    ),
)
