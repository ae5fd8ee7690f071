"""OpenARC: what kept it from judging or sealing a message; what it seals it does not log."""

from parsers.milters.frame import JOB, frame
from parsers.shapes import Shape

_SOURCE = "openarc openarc/openarc.c"
_DAEMONS = ("openarc",)

SHAPES = (
    Shape(
        event="openarc.chain_forced",
        daemons=_DAEMONS,
        template=JOB + 'chain state forced to ["]{status:name}["] due to {reason:rest}',
        samples=('CD5DD16271C: chain state forced to "fail" due to multiple results present',),
        source=_SOURCE,
    ),
    Shape(
        event="openarc.message_malformed",
        daemons=_DAEMONS,
        template=(
            JOB + "RFC5322 {reason:=header requirement error}",
            JOB + "can't parse {reason:name}; [{checked_text:rest} ; ]ignoring",
            JOB + 'error processing {reason:=header field} "{checked_text:rest}"',
            JOB + "error processing [at ]{reason:=end of header|body chunk|end-of-message}",
        ),
        samples=(
            "CD5DD16271C: RFC5322 header requirement error",
            "CD5DD16271C: can't parse Authentication-Results; ignoring",
            'CD5DD16271C: error processing header field "From"',
            "CD5DD16271C: error processing at end of header",
        ),
        source=_SOURCE,
    ),
    Shape(
        event="openarc.sealing_failed",
        daemons=_DAEMONS,
        template=(
            JOB + "failed to {reason:=compute seal}",
            JOB + "can't initialize {reason:=ARC handle}: {detail}",
            JOB + "{reason:=arc.chain buffer overflow}: {detail}",
            JOB + 'invalid {reason:=seal header check} "{detail:rest}"',
            JOB + "SSL {reason:rest}",
        ),
        samples=(
            "CD5DD16271C: failed to compute seal",
            "CD5DD16271C: can't initialize ARC handle: out of memory",
            "CD5DD16271C: arc.chain buffer overflow: ",
            'CD5DD16271C: invalid seal header check "x"',
            "CD5DD16271C: SSL error:0906D06C:PEM routines:PEM_read_bio:no start line",
        ),
        source=_SOURCE,
        constants={"severity": "error"},
    ),
    Shape(
        event="openarc.sealing_declined",
        daemons=_DAEMONS,
        template=JOB + "{reason:=no seal header check matched}; continuing",
        samples=("CD5DD16271C: no seal header check matched; continuing",),
        source=_SOURCE,
    ),
    Shape(
        event="openarc.mode_assumed",
        daemons=_DAEMONS,
        template="assuming {detail:text} mode for host {client_name:rest}",
        samples=("assuming verify mode for host mail.partner.example",),
        source=_SOURCE,
    ),
    Shape(
        event="openarc.key_exposed",
        daemons=_DAEMONS,
        template="{file_name}: key data is not secure: {reason:rest}",
        samples=("/etc/openarc/key: key data is not secure: /tmp can be written by other users",),
        source=_SOURCE,
        constants={"severity": "warning"},
    ),
    *frame("openarc", _DAEMONS, "OpenARC Filter", _SOURCE),
)
