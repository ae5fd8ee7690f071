"""What is left of any Postfix program's warnings; tried last, whatever else fits.

What the shared library logs under a name of its own is in tables.py, settings.py, storage.py and
internals.py.
"""

from parsers.shapes import Shape

_ALL = ("postfix/*", "postfix")

SHAPES = (
    Shape(
        event="postfix.problem_logged",
        daemons=_ALL,
        template=(
            "{severity:=warning|error|fatal|panic}: {queue_id}: {reason:rest}",
            "{severity:=warning|error|fatal|panic}: {reason:rest}",
        ),
        samples=(
            "warning: 4DDD81627E7: something that is not known",
            "warning: something else that is not known: Success",
            "fatal: unexpected trouble of a kind that has no name",
        ),
        source="src/util/msg_syslog.c",
    ),
    Shape(
        event="postfix.notification_deferred",
        daemons=("postfix/*",),
        template="{queue_id}: status={status} ({reason})",
        samples=("0A19F16272B: status=deferred (bounce failed)",),
        source="src/global/abounce.c",
    ),
)
