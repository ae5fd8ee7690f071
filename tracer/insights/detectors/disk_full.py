"""Daemons cannot write: the disk is full, read-only or broken."""

from collections.abc import Iterator

from tracer.insights.complaints import complaints, lines_of
from tracer.insights.model import HOUR, Sighting
from tracer.insights.view import View

TITLE = "Disk trouble"
OPENS = "daemons say that a disk is full, read-only or broken"
LEAST, UNIT = 1, "line in an hour"
ENDS_AFTER = 2 * HOUR

# What daemons say themselves, at the end of a line; nobody else's words end these lines.
_EVENTS = (
    "postfix.queue_write_failed", "postfix.queue_file_failed", "postfix.file_failed",
    "postfix.mailbox_failed", "postfix.table_unavailable",
    "dovecot.error_logged", "dovecot.fatal_logged", "dovecot.index_damaged", "spamd.failed",
    "spamd.bayes_failed", "spamd.lock_failed", "clamd.failed", "clamav.error_logged",
    "freshclam.update_failed", "rspamd.error_logged",
)  # fmt: skip
_SAYS = (
    "(?:No space left on device|Disk quota exceeded|Read-only file system|Input/output error|"
    "Structure needs cleaning)\\W*$|^not enough free space in mail queue"
)
_CONDITION = f"event IN {_EVENTS} AND regexp_matches(concat_ws(' ', reason, detail), '{_SAYS}')"


def look(view: View) -> Iterator[Sighting]:
    """See detectors.Detector."""
    for found, is_opening in complaints(view, _CONDITION, view.least["disk_full"]):
        yield Sighting(
            found.at,
            found.host,
            is_opening,
            f"{found.program} on {found.host or 'the server'} cannot write to a disk "
            f"(lines within an hour: {found.count:,})",
            "Make room or replace the disk (`df -h`, `df -i`, `dmesg`): mail is deferred until "
            "then.",
            "critical",
        )


def evidence(view: View, sighting: Sighting) -> list[int]:
    """See detectors.Detector."""
    return lines_of(view, _CONDITION, sighting.subject, sighting.at)
