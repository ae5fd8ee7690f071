"""OpenDKIM's filter: signatures added, verified and failed, and with LogWhy why none was added.

What goes wrong around messages is in opendkim_trouble.py.
"""

from parsers.milters.frame import JOB
from parsers.shapes import Shape

_SOURCE = "opendkim opendkim/opendkim.c"
_DAEMONS = ("opendkim",)
_SIGNATURE = " (s={dkim_selector}, d={dkim_domain}[, a={dkim_algorithm:name}])"

SHAPES = (
    Shape(
        event="opendkim.signature_added",
        daemons=_DAEMONS,
        template=JOB + "DKIM-Signature {field|header} added (s={dkim_selector}, d={dkim_domain})",
        samples=("9BB5B162711: DKIM-Signature field added (s=mail2024, d=lab.example)",),
        source=_SOURCE,
        constants={"dkim_result": "signed"},
        common=True,
    ),
    Shape(
        event="opendkim.signature_verified",
        daemons=_DAEMONS,
        template=JOB + "DKIM verification successful",
        samples=("CD5DD16271C: DKIM verification successful",),
        source=_SOURCE,
        constants={"dkim_result": "pass"},
        common=True,
    ),
    Shape(
        event="opendkim.signature_examined",
        daemons=_DAEMONS,
        template=(
            JOB + "s={dkim_selector:rest} d={dkim_domain}[ a={dkim_algorithm}] SSL[ ]",
            JOB + "s={dkim_selector:rest} d={dkim_domain}[ a={dkim_algorithm}] SSL {reason:rest}",
            JOB + "SSL {reason:rest}",
            (
                JOB + "signature={:word} domain={dkim_domain} selector={dkim_selector:word}"
                ' result="{reason:text}"[; {detail}]'
            ),
            JOB + "signature={detail}",
        ),
        samples=(
            "CD5DD16271C: s=mail2024 d=lab.example a=rsa-sha256 SSL ",
            "CD5DD16271C: s=mail2024 d=lab.example SSL error:02000068:rsa routines::bad signature",
            "CD5DD16271C: SSL error:0906D06C:PEM routines:PEM_read_bio:no start line",
            (
                "CD5DD16271C: signature=aQxJ8aXy domain=lab.example selector=mail2024"
                ' result="no signature error"'
            ),
            'CD5DD16271C: signature=x y domain=lab.example selector=a b result="no key"',
        ),
        source=_SOURCE,
        common=True,
    ),
    Shape(
        event="opendkim.signature_failed",
        daemons=_DAEMONS,
        template=(
            JOB + "{reason:=bad signature data}",
            JOB + "{reason:=key revoked}" + _SIGNATURE,
            JOB + "{reason:=key retrieval failed}[" + _SIGNATURE + "][: {detail}]",
            (
                JOB + "{reason:=signature processing failed|signature verification failed|"
                "syntax error}: {detail}"
            ),
        ),
        samples=(
            "8E74F16295F: bad signature data",
            "8E74F16295F: key revoked (s=mail2024, d=lab.example, a=rsa-sha256)",
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
        daemons=_DAEMONS,
        template=JOB + "no signature data",
        samples=("CD5DD16271C: no signature data",),
        source=_SOURCE,
        constants={"dkim_result": "none"},
    ),
    Shape(
        event="opendkim.signatures_found",
        daemons=_DAEMONS,
        template=JOB + "message has signatures from {detail}",
        samples=("CD5DD16271C: message has signatures from partner.example, bulk.example",),
        source=_SOURCE,
    ),
    Shape(
        event="opendkim.signatures_ignored",
        daemons=_DAEMONS,
        template=(
            JOB + "ignoring {item_count} {signature|signatures}",
            JOB + "ignoring signature from {dkim_domain:rest}",
        ),
        samples=(
            "CD5DD16271C: ignoring 2 signatures",
            "CD5DD16271C: ignoring signature from partner.example",
        ),
        source=_SOURCE,
    ),
    Shape(
        event="opendkim.signing_declined",
        daemons=_DAEMONS,
        template=(
            (
                JOB + "external host [\\[{client_address}\\]][{client_name}] "
                "{reason:=attempted to send} as {header_domain:rest}"
            ),
            JOB + "{client_name:text} \\[{client_address}\\] {reason:=not internal}",
            JOB + "{reason:=not authenticated|not POP authenticated|no macros match}",
            (
                JOB + "{reason:=no signing domain match|no signing subdomain match|"
                "no signing table match|no signing keylist match} for '{header_domain:rest}'"
            ),
            JOB + "{reason:=no MTA name match}[ (host={client_name:text}, MTA={:rest})]",
            JOB + "domain '{header_domain:rest}' {reason:=exempted}, accepting",
            JOB + "{reason:=skipping signing} of mail to {'|`}{recipient:rest}'",
        ),
        samples=(
            "CD5DD16271C: external host mail.partner.example attempted to send as lab.example",
            "CD5DD16271C: mail.partner.example [203.0.113.5] not internal",
            "CD5DD16271C: not authenticated",
            "CD5DD16271C: no signing table match for 'anna@partner.example'",
            "CD5DD16271C: no MTA name match (host=mx.lab.example, MTA=smtpd)",
            "CD5DD16271C: domain 'partner.example' exempted, accepting",
            "CD5DD16271C: skipping signing of mail to 'anna@partner.example'",
        ),
        source=_SOURCE,
    ),
    Shape(
        event="opendkim.body_length_limited",
        daemons=_DAEMONS,
        template=JOB + "BodyLengthDB matched {recipient:rest}, signing with l= requested",
        samples=(
            "CD5DD16271C: BodyLengthDB matched anna@partner.example, signing with l= requested",
        ),
        source=_SOURCE,
    ),
    Shape(
        event="opendkim.reputation_applied",
        daemons=_DAEMONS,
        template=(
            (
                JOB + "[{detail:=would be} ]{action:=allowed|blocked} by reputation of"
                " {dkim_domain:word}[ ({reason:text})]"
            ),
            (
                JOB + "[{detail:=would be} ]{action:=allowed|blocked} by reputation of"
                " NULL domain[ ({reason:text})]"
            ),
            JOB + "DKIM reputation: {reason:rest}",
        ),
        samples=(
            (
                "CD5DD16271C: would be blocked by reputation of partner.example (0.900000,"
                " count 20, spam 18, limit 10)"
            ),
            "CD5DD16271C: blocked by reputation of NULL domain",
            "CD5DD16271C: DKIM reputation: 5 (max 4); rejecting",
        ),
        source=_SOURCE,
    ),
    Shape(
        event="opendkim.rate_limited",
        daemons=_DAEMONS,
        template=(
            JOB + "rate limit for '{dkim_domain:rest}' ({item_count}) exceeded",
            JOB + "rate limit for unsigned mail ({item_count}) exceeded",
        ),
        samples=(
            "CD5DD16271C: rate limit for 'partner.example' (100) exceeded",
            "CD5DD16271C: rate limit for unsigned mail (10) exceeded",
        ),
        source=_SOURCE,
    ),
    Shape(
        event="opendkim.author_policy_applied",
        daemons=_DAEMONS,
        template=(
            JOB + "{action:=rejected|discarded} per {header_domain} author domain policy",
            JOB + "{action:=rejected|discarded} per sender domain policy",
            JOB + "{recipient:rest} may not receive discardable mail",
            JOB + "{reason:=sender domain does not exist}",
        ),
        samples=(
            "CD5DD16271C: rejected per partner.example author domain policy",
            "CD5DD16271C: discarded per sender domain policy",
            "CD5DD16271C: anna@partner.example may not receive discardable mail",
            "CD5DD16271C: sender domain does not exist",
        ),
        source=_SOURCE + " (2.9 and before)",
    ),
    Shape(
        event="opendkim.cache_reported",
        daemons=_DAEMONS,
        template="cache: {item_count} {query|queries}, {detail}",
        samples=("cache: 20 queries, 5 hits (25%), 3 expired, 4 keys",),
        source=_SOURCE,
    ),
)
