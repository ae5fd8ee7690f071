"""A search's hit in words, safe to print: what the plain output and the screen have in common."""

from tracer.cli.terminal import safe
from tracer.queries.search_hits import Hit

MISSING = "-"


def text(value: object) -> str:
    """A value of the log, or a mark that it is not there."""
    return MISSING if value is None else safe(str(value))


def queue_id(hit: Hit) -> str:
    """The queue id; as Postfix logs it where there is none."""
    return safe(hit.queue_id or "NOQUEUE")


def sender(hit: Hit) -> str:
    """The envelope's sender."""
    return "<>" if hit.envelope_sender == "" else text(hit.envelope_sender)


def recipients(hit: Hit) -> str:
    """The first recipient, and how many more there are."""
    if not hit.recipients:
        return f"{hit.recipient_count} not named" if hit.recipient_count else MISSING
    more = hit.recipient_count - 1
    return text(hit.recipients[0]) + (f" and {more} more" if more else "")


def reason(hit: Hit) -> str:
    """Why it stands as it does, in the log's words."""
    words = hit.reason or ""
    # a reply begins with its code, as a rule
    has_code = hit.dsn is None or hit.dsn in words
    return text((words if has_code else f"{hit.dsn} {words}".strip()) or None)
