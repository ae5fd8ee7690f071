"""master(8) and the postfix(1) command: the mail system as a whole."""

from parsers.postfix import TROUBLE
from parsers.shapes import Shape

_SCRIPT = (
    "postfix/postfix-script",
    "postfix/postlog",
    "postfix/postmulti-script",
    "postfix/postfix-tls-script",
)

SHAPES = (
    Shape(
        event="postfix.system_started",
        daemons=("postfix/master",),
        template="daemon started -- version {version:text}, configuration {file_name:rest}",
        samples=("daemon started -- version 3.7.11, configuration /etc/postfix",),
        source="src/master/master.c",
    ),
    Shape(
        event="postfix.system_reloaded",
        daemons=("postfix/master",),
        template="reload -- version {version:text}, configuration {file_name:rest}",
        samples=("reload -- version 3.7.11, configuration /etc/postfix",),
        source="src/master/master.c",
    ),
    Shape(
        event="postfix.system_stopped",
        daemons=("postfix/master",),
        template=("terminating on {detail:rest}", "master exit time has arrived"),
        samples=("terminating on signal 15", "master exit time has arrived"),
        source="src/master/master_sig.c",
    ),
    Shape(
        event="postfix.process_failed",
        daemons=("postfix/master",),
        template="warning: process {file_name} pid {peer_pid} {reason:rest}",
        samples=(
            "warning: process /usr/lib/postfix/sbin/pipe pid 1218 exit status 1",
            "warning: process /usr/lib/postfix/sbin/smtpd pid 1193 killed by signal 9",
        ),
        source="src/master/master_spawn.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.service_throttled",
        daemons=("postfix/master",),
        template=(
            "warning: {file_name}: {reason:=bad command startup} -- throttling",
            "warning: {:name}: fork: {reason} -- throttling",
        ),
        samples=(
            "warning: /usr/lib/postfix/sbin/pipe: bad command startup -- throttling",
            "warning: master_spawn: fork: Cannot allocate memory -- throttling",
        ),
        source="src/master/master_spawn.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.process_limit_reached",
        daemons=("postfix/master",),
        template=(
            'warning: service "{service}" ({transport:text}) has reached its process limit'
            ' "{item_count}": {reason:rest}'
        ),
        samples=(
            (
                'warning: service "smtp" (25) has reached its process limit "100": new clients may'
                " experience noticeable delays"
            ),
        ),
        source="src/master/master_avail.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.system_commanded",
        daemons=_SCRIPT,
        template=(
            "[warning: ]{action:=starting|stopping|refreshing|aborting|waiting for} the Postfix"
            " mail system[{detail:rest}]"
        ),
        samples=(
            "starting the Postfix mail system",
            "warning: stopping the Postfix mail system with force",
            "waiting for the Postfix mail system to terminate",
        ),
        source="conf/postfix-script",
    ),
    Shape(
        event="postfix.system_status_told",
        daemons=_SCRIPT,
        template="the Postfix mail system is {status:=running|not running}[: PID: {peer_pid}]",
        samples=(
            "the Postfix mail system is running: PID: 1179",
            "the Postfix mail system is not running",
        ),
        source="conf/postfix-script",
    ),
    Shape(
        event="postfix.system_command_failed",
        daemons=_SCRIPT,
        template=(
            (
                "fatal: {reason:=the Postfix mail system is already running|the Postfix mail"
                " system is"
                " not running|mail system startup failed|Postfix integrity check failed!|cannot"
                " start-fg the master daemon|start-fg does not support multi_instance_directories|"
                "unable to create missing queue directories}"
            ),
            "fatal: {reason:=no Postfix} {detail:rest}!",
            "fatal: {reason:=cannot execute} {file_name:rest}!",
            "fatal: no {file_name:word} {reason:=file found}",
            "fatal: logfile '{file_name:text}' {reason:=rotation failed}: {detail}",
            "fatal: {reason:=unknown command}: {detail}",
        ),
        samples=(
            "fatal: the Postfix mail system is already running",
            "fatal: no Postfix queue directory /var/spool/postfix!",
            "fatal: cannot execute /usr/sbin/postconf!",
            "fatal: no /etc/postfix/master.cf file found",
            "fatal: logfile '/var/log/maillog' rotation failed: mv: No space left on device",
            "fatal: unknown command: 'restart'. Usage: postfix start (or stop, reload, abort)",
        ),
        source="conf/postfix-script",
        constants={"severity": "fatal"},
    ),
    Shape(
        event="postfix.file_doubted",
        daemons=_SCRIPT,
        template=(
            (
                "warning: {reason:=not owned by root|group or other writable|not set-gid or not"
                " owner+group+world executable|symlink leaves directory|damaged message}:"
                " {file_name:rest}"
            ),
            "warning: not owned by {group|user} {username:word}: {file_name:rest}",
            "warning: {file_name:text} and {detail:text} {reason:=differ}",
            "warning: {detail:=Replace one by a symbolic link to the other}",
            "warning: {file_name}: {reason:=please verify contents and remove by hand}",
        ),
        samples=(
            "warning: group or other writable: /etc/postfix/./main.cf",
            "warning: symlink leaves directory: /etc/postfix/./makedefs.out",
            "warning: not owned by group postdrop: /usr/sbin/postqueue",
            "warning: /var/spool/postfix/etc/hosts and /etc/hosts differ",
            "warning: Replace one by a symbolic link to the other",
            "warning: /etc/postfix-out: please verify contents and remove by hand",
        ),
        source="conf/postfix-script",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.compatibility_noted",
        daemons=("postfix", "postfix/postfix-script"),
        template=(
            "Postfix is {running with|using} {detail:=backwards-compatible default settings}",
            "See {detail:word} for details",
            "To {detail:=disable backwards compatibility} use {:rest}",
        ),
        samples=(
            "Postfix is using backwards-compatible default settings",
            "See http://www.postfix.org/COMPATIBILITY_README.html for details",
            (
                'To disable backwards compatibility use "postconf compatibility_level=3.6" and'
                ' "postfix reload"'
            ),
        ),
        source="src/postfix/postfix.c",
    ),
    Shape(
        event="postfix.change_ignored",
        daemons=("postfix/master",),
        template=(
            "warning: ignoring {parameter} parameter value change",
            "warning: service {service:word}: ignoring {parameter} change",
            'warning: old value: "{detail:rest}"',
            "warning: to change {parameter}, {detail:=stop and start Postfix}",
        ),
        samples=(
            "warning: ignoring inet_protocols parameter value change",
            "warning: service smtp: ignoring inet_interfaces change",
            'warning: old value: "ipv4", new value: "all"',
            "warning: to change inet_protocols, stop and start Postfix",
        ),
        source="src/master/master_watch.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.master_cf_faulted",
        daemons=("postfix/master",),
        template=(
            (
                'warning: {reason:=duplicate master.cf entry} for service "{service}"'
                " ({detail:text})"
                " -- using the last entry"
            ),
            "fatal: {file_name:word}: line {item_count}: {reason}",
            "warning: all network protocols are disabled ({parameter} = {detail:text})",
            'warning: disabling all type "inet" services in master.cf',
        ),
        samples=(
            'warning: duplicate master.cf entry for service "smtp" (25) -- using the last entry',
            'fatal: /etc/postfix/master.cf: line 12: bad transport type "inetd"',
            "warning: all network protocols are disabled (inet_protocols = ipv6)",
            'warning: disabling all type "inet" services in master.cf',
        ),
        source="src/master/master_ent.c",
    ),
    Shape(
        event="postfix.process_status_ignored",
        daemons=("postfix/master",),
        template=(
            "ignoring status update from child pid {peer_pid} generation {detail}",
            (
                "warning: service {service:text}: child (pid {peer_pid}) sent partial status update"
                " ({:int} bytes)"
            ),
            "warning: {:name}: ignoring unknown status: {:int} allegedly from pid: {peer_pid}",
        ),
        samples=(
            "ignoring status update from child pid 1218 generation 7",
            "warning: service smtp(25): child (pid 1218) sent partial status update (3 bytes)",
            "warning: master_status_event: ignoring unknown status: 1218 allegedly from pid: 1",
        ),
        source="src/master/master_status.c",
    ),
    Shape(
        event="postfix.service_wakeup_failed",
        daemons=("postfix/master",),
        template="warning: {:name}: service {service:text}({detail:text}): {reason}",
        samples=(
            "warning: master_wakeup_timer_event: service pickup(public/pickup): Connection refused",
        ),
        source="src/master/master_wakeup.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.system_start_failed",
        daemons=("postfix/master",),
        template=(
            TROUBLE + "{reason:=daemon initialization failure|unable to set session and process"
            " group ID|-i is allowed only for PID 1 process}[{detail:rest}]",
            "warning: {reason} while waiting for daemon initialization",
        ),
        samples=(
            "fatal: daemon initialization failure -- see logs for details",
            "warning: Interrupted system call while waiting for daemon initialization",
        ),
        source="src/master/master_monitor.c",
    ),
    Shape(
        event="postfix.process_limit_explained",
        daemons=("postfix/master",),
        template=(
            "warning: to avoid this condition, increase the process count {detail}",
            "warning: see {detail:word} for examples of stress-adapting configuration settings",
        ),
        samples=(
            (
                "warning: to avoid this condition, increase the process count in master.cf or"
                " reduce the service time per client"
            ),
            (
                "warning: see https://www.postfix.org/STRESS_README.html for examples of"
                " stress-adapting configuration settings"
            ),
        ),
        source="src/master/master_avail.c",
        constants={"severity": "warning"},
    ),
)
