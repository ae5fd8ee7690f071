"""What ClamAV's daemons have in common: starts, stops, and marked warnings and errors."""

from parsers.clamav import STAMP, STAMPED, at
from parsers.shapes import Shape

_ALL = ("clamd", "freshclam", "clamav-milter")
_OUTPUT = "clamav common/output.c"

SHAPES = (
    Shape(
        event="clamav.version_reported",
        daemons=_ALL,
        template=at(
            "{clamd|freshclam} daemon {version} ({detail})",
            "Running as user {username:text} (UID {uid}, GID {:int})[, {detail}]",
        ),
        samples=(
            "clamd daemon 1.4.6 (OS: Linux, ARCH: x86_64, CPU: x86_64)",
            STAMPED + "freshclam daemon 1.4.6 (OS: Linux, ARCH: x86_64, CPU: x86_64)",
            "Running as user clamav (UID 115, GID 124)",
        ),
        source="clamav clamd/clamd.c, freshclam/freshclam.c",
    ),
    Shape(
        event="clamav.daemon_started",
        daemons=_ALL,
        template=at("+++ Started at {detail}"),
        samples=("+++ Started at Tue Nov 24 03:36:59 2026",),
        source="clamav clamd/clamd.c, clamav-milter/clamav-milter.c",
    ),
    Shape(
        event="clamav.daemon_stopped",
        daemons=_ALL,
        template=at(
            "--- Stopped at {detail}",
            "clamav-milter: stopped",
            "Update process terminated",
        ),
        samples=(
            "--- Stopped at Tue Nov 24 03:39:28 2026",
            "clamav-milter: stopped",
            STAMPED + "Update process terminated",
        ),
        source="clamav clamd/server-th.c, freshclam/freshclam.c",
    ),
    Shape(
        event="clamav.log_reopened",
        daemons=_ALL,
        template=at(
            "SIGHUP caught: re-opening log file.",
            "Received signal: re-opening log file",
        ),
        samples=("SIGHUP caught: re-opening log file.", "Received signal: re-opening log file"),
        source="clamav clamd/server-th.c, freshclam/freshclam.c",
    ),
    Shape(
        event="clamav.pid_file_failed",
        daemons=_ALL,
        template=at(
            "Can't {action:=save PID in file|save PID to file|unlink the pid file|unlink the "
            "socket file|change ownership of PID file} {file_name:word}[:][ {reason}]",
            "Can't change current working directory to root",
            "LogFacility: {detail:name}: No such facility.",
            "daemonize() failed[: {reason}]",
            "Can't get information about user {username:text}.",
        ),
        samples=(
            "Can't save PID to file /run/clamd.pid: Permission denied",
            "Can't change current working directory to root",
            "LogFacility: LOG_X: No such facility.",
            "daemonize() failed: Cannot allocate memory",
            "Can't get information about user clamav.",
        ),
        source="clamav clamd/clamd.c",
    ),
    Shape(
        event="clamav.library_reported",
        daemons=_ALL,
        template=at(r"\[LibClamAV\] {detail:rest}"),
        samples=("[LibClamAV] cli_scanxz: decompress file size exceeds limits",),
        source=_OUTPUT,
    ),
    Shape(
        event="clamav.warning_logged",
        daemons=_ALL,
        template=(
            *at("{component:=LibClamAV} Warning: {reason:rest}"),
            "WARNING: [" + STAMP + "]{reason:rest}",
            STAMP + "^{reason:rest}",
        ),
        samples=(
            STAMPED + "^Something new looks wrong",
            "WARNING: " + STAMPED + "Something new looks wrong",
            "LibClamAV Warning: **************************************************",
            (
                "WARNING: Ignoring deprecated option AllowSupplementaryGroups at "
                "/etc/clamav/clamd.conf:88"
            ),
        ),
        source=_OUTPUT,
        constants={"severity": "warning"},
    ),
    Shape(
        event="clamav.error_logged",
        daemons=_ALL,
        template=(
            *at("{component:=LibClamAV} Error: {reason:rest}"),
            "ERROR: [" + STAMP + "]{reason:rest}",
            STAMP + "!{reason:rest}",
        ),
        samples=(
            "LibClamAV Error: cli_loaddbdir: No supported database files found in /var/lib/clamav",
            STAMPED + "!Something new went wrong",
            "ERROR: Something new went wrong",
        ),
        source=_OUTPUT,
        constants={"severity": "error"},
    ),
)
