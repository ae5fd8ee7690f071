"""TLS fails more than usual, a certificate has expired, or TLS cannot be set up at all."""

from collections.abc import Iterator

from tracer.insights.complaints import complaints, lines_of
from tracer.insights.model import HOUR, Sighting
from tracer.insights.sampled import unusual
from tracer.insights.view import View

TITLE = "Certificate or TLS trouble"
OPENS = "a certificate or key cannot be used, peers say that ours has expired, or three times as "
OPENS += "many handshakes fail in an hour as in the usual worst hour"
LEAST, UNIT = 50, "failed handshakes in an hour"
ENDS_AFTER = 2 * HOUR

_SET_UP = """
    event = 'postfix.tls_setup_failed'
    OR event = 'postfix.tls_policy_failed' AND reason LIKE 'does not match STS%'
"""
_EXPIRED = """
    event IN ('postfix.tls_library_failed', 'postfix.tls_failed', 'dovecot.session_disconnected',
        'dovecot.login_aborted', 'dovecot.tls_alerted')
    AND regexp_matches(concat_ws(' ', reason, detail), 'alert certificate expired')
"""
_PEERS = 3  # who say so: one may be wrong
_KINDS = {
    "cannot use": (_SET_UP, 1, "cannot use its certificate, key or TLS settings"),
    "expired": (_EXPIRED, _PEERS, "has an expired certificate, as peers say"),
}
_WORDS = {
    "postfix.tls_failed": "TLS handshakes of Postfix failed",
    "postfix.tls_library_failed": "TLS errors were logged by Postfix",
    "postfix.tls_not_obtained": "deliveries could not get the TLS that they need",
    "dovecot.tls_alerted": "TLS alerts were logged by Dovecot",
}

_EVIDENCE = """
    SELECT position FROM event_rows
    WHERE occurred_at >= $start AND occurred_at < $at AND event = $event
    ORDER BY position DESC LIMIT 5
"""


def look(view: View) -> Iterator[Sighting]:
    """See detectors.Detector."""
    for kind, (condition, least, words) in _KINDS.items():
        for found, is_opening in complaints(view, condition, least):
            yield Sighting(
                found.at,
                f"{kind}: {found.host}",
                is_opening,
                f"{found.program} on {found.host or 'the server'} {words}",
                "See the lines: renew the certificate, or mend the file that they name, then "
                "reload the daemon. Clients and other servers may refuse you until then.",
                "critical",
            )
    for hour, is_opening in unusual(view, "tls_failures", view.least["tls_failing"], 3):
        yield Sighting(
            hour.at,
            hour.subject,
            is_opening,
            f"{hour.value:,} {_WORDS[hour.subject]} within an hour "
            f"(usually {hour.usual:,} at most)",
            "See the lines for whose they are: a certificate that was changed, or a peer whose "
            "software is old or was updated.",
        )


def evidence(view: View, sighting: Sighting) -> list[int]:
    """See detectors.Detector."""
    kind, _, host = sighting.subject.partition(": ")
    if kind in _KINDS:
        return lines_of(view, _KINDS[kind][0], host, sighting.at)
    return view.positions(_EVIDENCE, start=sighting.at - HOUR, at=sighting.at, event=kind)
