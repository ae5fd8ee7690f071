"""sid-milter, Sender ID of 2006, whose daemon is sid-filter: only what is about messages."""

from parsers.shapes import Shape

_SOURCE = "sid-milter sid-filter/sid-filter.c"
_DAEMONS = ("sid-filter",)

SHAPES = (
    Shape(
        event="sid_milter.check_failed",
        daemons=_DAEMONS,
        template=(
            (
                "{queue_id} sid_marid_check(): {spf_identity:=PRA|SPF} {checked_text:rest}:"
                " {status:name} ({reason:text})"
            ),
            "{queue_id} can't determine {reason:text} from `{checked_text:rest}'",
            "{queue_id} can't determine {reason:text}",
            "{queue_id} DNS {reason:=timeout|reply garbled} ({detail:text})",
            "{queue_id} {reason:name}() failed[: ][ ]{detail}",
            "{queue_id} sm_marid_request(): {reason:rest}",
        ),
        samples=(
            "CD5DD16271C sid_marid_check(): PRA anna@partner.example: 3 (timeout)",
            "CD5DD16271C can't determine responsible domain from `anna'",
            "CD5DD16271C can't determine Purported Responsible Address",
            "CD5DD16271C DNS timeout (16 partner.example)",
            "CD5DD16271C res_query() failed (partner.example)",
            "CD5DD16271C sm_marid_request(): unexpected type request (3)",
        ),
        source=_SOURCE,
        constants={"severity": "error"},
    ),
)
