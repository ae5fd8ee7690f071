"""OpenDMARC's filter: what DMARC and SPF say of messages, and which results it did not believe.

That a message was refused or held is in Postfix's own milter-reject and milter-hold lines.
"""

from parsers.milters.frame import JOB, frame
from parsers.shapes import Shape

_SOURCE = "opendmarc opendmarc/opendmarc.c"
_DAEMONS = ("opendmarc",)
_RESULT = "pass|fail|none|neutral|softfail|tempfail|temperror|permerror"

SHAPES = (
    Shape(
        event="opendmarc.spf_checked",
        daemons=_DAEMONS,
        template=JOB
        + "SPF({spf_identity:=mailfrom|helo}): [{spf_domain:rest} ]{spf_result:="
        + _RESULT
        + "}",
        samples=(
            "CD5DD16271C: SPF(mailfrom): partner.example pass",
            "CD5DD16271C: SPF(helo): mail.partner.example tempfail",
        ),
        source=_SOURCE,
        common=True,
    ),
    Shape(
        event="opendmarc.checked",
        daemons=_DAEMONS,
        template=(
            JOB + "{header_domain} {dmarc_result:=" + _RESULT + "}",
            JOB + "{dmarc_result:=" + _RESULT + "}",
        ),
        samples=("CD5DD16271C: partner.example pass", "CD5DD16271C: none"),
        source=_SOURCE,
        common=True,
    ),
    Shape(
        event="opendmarc.results_ignored",
        daemons=_DAEMONS,
        template="[{queue_id}][(unknown-jobid)] ignoring Authentication-Results at {:int} from"
        " {detail}",
        samples=("CD5DD16271C ignoring Authentication-Results at 1 from mx.partner.example",),
        source=_SOURCE,
    ),
    Shape(
        event="opendmarc.message_ignored",
        daemons=_DAEMONS,
        template=(
            JOB + "ignoring mail from {header_domain:rest}",
            "ignoring authenticated client, mailfrom=<{envelope_sender}>",
            "ignoring authenticated client, mailfrom={envelope_sender:rest}",
        ),
        samples=(
            "CD5DD16271C: ignoring mail from partner.example",
            "ignoring authenticated client, mailfrom=<bob@lab.example>",
            'ignoring authenticated client, mailfrom=<"bob@lab.example',
        ),
        source=_SOURCE,
    ),
    Shape(
        event="opendmarc.message_malformed",
        daemons=_DAEMONS,
        template=(
            JOB + "RFC5322 {reason:=requirement error}: {detail}",
            JOB + "{reason:=multi-valued From field} detected[ ({item_count} values found)]",
            JOB + "{unable to|can't} parse {reason:=From header field}",
            (
                JOB + "{unable to|can't} parse {reason:=validated SPF address|return path address}"
                "[ <{checked_text:rest}>]"
            ),
            JOB + "{reason:=no From header field} found",
            JOB + "can't extract {reason:=SPF address} from Authentication-Results",
        ),
        samples=(
            "CD5DD16271C: RFC5322 requirement error: missing From field; accepting",
            "CD5DD16271C: multi-valued From field detected (2 values found)",
            "CD5DD16271C: unable to parse From header field",
            "CD5DD16271C: unable to parse validated SPF address <anna>",
            "CD5DD16271C: no From header field found",
            "CD5DD16271C: can't extract SPF address from Authentication-Results",
        ),
        source=_SOURCE,
    ),
    Shape(
        event="opendmarc.arc_considered",
        daemons=_DAEMONS,
        template=(
            JOB + "ARC pass, policy {detail:=pass|fail} > {reason:rest}",
            JOB + "{reason:=overriding DMARC fail} due to ARC pass",
        ),
        samples=(
            "CD5DD16271C: ARC pass, policy pass > overriding DMARC fail",
            "CD5DD16271C: overriding DMARC fail due to ARC pass",
        ),
        source=_SOURCE,
    ),
    Shape(
        event="opendmarc.domain_guessed",
        daemons=_DAEMONS,
        template=JOB + 'no PublicSuffixList configured; guessed organizational domain "{:text}" for'
        ' "{header_domain:text}" {detail}',
        samples=(
            (
                "CD5DD16271C: no PublicSuffixList configured; guessed organizational domain"
                ' "partner.example" for "news.partner.example" by walking up the label tree'
            ),
        ),
        source=_SOURCE,
    ),
    Shape(
        event="opendmarc.library_failed",
        daemons=_DAEMONS,
        template=(
            (
                JOB + "{reason:=opendmarc_policy_query_dmarc}({header_domain:text}) returned status"
                " {status}"
            ),
            JOB + "opendmarc_policy_store_{reason:name}() returned status {status}",
            JOB + "{unable|failed} to create {reason:=buffer} for {failure|forensic} report",
            JOB + "{reason:=pclose()} {detail}",
            "{client_name:word}: {reason:=DMARC context initialization} failed",
        ),
        samples=(
            "CD5DD16271C: opendmarc_policy_query_dmarc(partner.example) returned status 7",
            "CD5DD16271C: opendmarc_policy_store_spf() returned status 2",
            "CD5DD16271C: unable to create buffer for failure report",
            "CD5DD16271C: pclose() exited with status 75",
            "mail.partner.example: DMARC context initialization failed",
        ),
        source=_SOURCE,
        constants={"severity": "error"},
    ),
    Shape(
        event="opendmarc.services_trusted",
        daemons=_DAEMONS,
        template=(
            "[additional ]trusted authentication services: {detail}",
            "implicit authentication service: {detail}",
        ),
        samples=(
            "additional trusted authentication services: mx.lab.example",
            "implicit authentication service: mx.lab.example",
        ),
        source=_SOURCE,
    ),
    *frame("opendmarc", _DAEMONS, "OpenDMARC Filter", _SOURCE),
)
