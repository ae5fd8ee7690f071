"""What OpenDKIM, OpenDMARC and OpenARC log alike: start and stop, settings, system calls.

The three grew from one source, so that the daemon around each filter says the same: frame() gives
these shapes under the name of one program. A line begins with Postfix's queue id where it is about
a message, with `(unknown-jobid)` where the filter has none, and with the program's own name where
it went to standard error. libmilter writes the product's name before what it has to say.
"""

from parsers.shapes import Shape

JOB = "[{queue_id}][(unknown-jobid)]: "


def frame(program: str, daemons: tuple[str, ...], product: str, source: str) -> tuple[Shape, ...]:
    """The shared shapes of one program, as `program.fact`."""
    stderr = f"[{daemons[0]}: ]"
    return (
        Shape(
            event=f"{program}.started",
            daemons=daemons,
            template=product + " v{version} starting[ ([args: ]{detail:text})]",
            samples=(f"{product} v2.11.0 starting (args: -f -x /etc/filter.conf)",),
            source=source,
        ),
        Shape(
            event=f"{program}.stopped",
            daemons=daemons,
            template=product + " v{version} terminating with status {status}, {detail}",
            samples=(f"{product} v2.11.0 terminating with status 0, errno = 0",),
            source=source,
        ),
        Shape(
            event=f"{program}.reloaded",
            daemons=daemons,
            template="configuration reloaded from {file_name:rest}",
            samples=("configuration reloaded from /etc/filter.conf",),
            source=source,
        ),
        Shape(
            event=f"{program}.child_ended",
            daemons=daemons,
            template=(
                "terminated with signal {status:name}, restarting",
                "exited with status {status:name}[, restarting]",
                "maximum restart {detail:=count|rate} exceeded",
            ),
            samples=(
                "terminated with signal 11, restarting",
                "exited with status 75, restarting",
                "maximum restart rate exceeded",
            ),
            source=source,
            constants={"severity": "error"},
        ),
        Shape(
            event=f"{program}.configuration_failed",
            daemons=daemons,
            template=(
                stderr + "{file_name}: configuration error at {detail:text}: {reason:rest}",
                stderr + '{file_name}: {reason:=required parameter} "{detail:text}" missing',
                stderr + "{file_name}: settings found for deprecated value(s): {detail:rest}",
                stderr + "{file_name}: read/parse error",
                "can't configure {detail:name} library: {reason:rest}",
                "error parsing {detail:=ReportAddress}; using default",
                '"{detail:=X-Header}" deprecated; use {reason:rest}',
                "ignoring reload signal",
                (
                    "{file_name:word}: {reason:=unknown handling key|invalid handling value|"
                    "use of SigningTable|SigningTable requires|KeyTable requires|Domain requires|"
                    "KeyFile and Selector|illegal value for|invalid value for|unusable value for|"
                    "unknown canonicalization algorithm|unknown signing algorithm|unknown mode|"
                    "unknown key action|unknown ATPS hash|could not find valid key record} {detail}"
                ),
                f"{daemons[0]}: {{file_name:word}}: {{reason:rest}}",
                f"{daemons[0]}: {{reason:rest}}",
            ),
            samples=(
                "/etc/filter.conf: configuration error at line 3: unrecognized parameter",
                f'{daemons[0]}: /etc/filter.conf: required parameter "Socket" missing',
                "/etc/filter.conf: settings found for deprecated value(s): ADSPAction; aborting",
                "/etc/public_suffix_list.dat: read/parse error",
                "can't configure DKIM library: failed to set option; continuing",
                "error parsing ReportAddress; using default",
                '"X-Header" deprecated; use "SoftwareHeader" instead',
                "ignoring reload signal",
                "/etc/filter.conf: use of SigningTable requires KeyTable",
                f"{daemons[0]}: /etc/filter.conf: unknown mode",
                f"{daemons[0]}: milter socket must be specified",
            ),
            source=source,
            constants={"severity": "error"},
        ),
        Shape(
            event=f"{program}.setup_failed",
            daemons=daemons,
            template=(
                stderr + "no such {reason:=user|group|user or uid|group or gid} '{username:text}'",
                stderr + "no such {reason:=user or uid|group or gid} `{username:text}'",
                stderr + "can't write pid to {file_name}: {reason:rest}",
                "[\\[parent\\] ]socket cleanup failed: {reason:rest}",
                stderr + "can't {reason:=enable coredumps}; continuing",
                stderr + "[use of][using] ChangeRootDirectory without Userid not advised",
                "can't {detail:=initialize resolver|initialize mutex}: {reason:rest}",
                "can't open database {file_name:word}: {reason:rest}",
            ),
            samples=(
                "no such user or uid 'filter'",
                "no such user or uid `filter'",
                "can't write pid to /run/filter.pid: Permission denied",
                "[parent] socket cleanup failed: Address already in use",
                "can't enable coredumps; continuing",
                "using ChangeRootDirectory without Userid not advised",
                "can't initialize resolver: unknown",
                "can't open database /run/popauth.db: No such file or directory",
            ),
            source=source,
            constants={"severity": "error"},
        ),
        Shape(
            event=f"{program}.milter_reported",
            daemons=daemons,
            template=(
                product + ": Opening listen socket on conn {file_name:rest}",
                product + ": Unable to bind to port {file_name:word}: {reason:rest}",
                product + ": {detail}",
                "st_optionneg\\[{:text}\\]: {detail}",
            ),
            samples=(
                f"{product}: Opening listen socket on conn inet:8891@localhost",
                f"{product}: Unable to bind to port inet:8891@localhost: Address already in use",
                f"{product}: mi_stop=1",
                "st_optionneg[140]: 0x3d does not fulfill action requirements 0x1ff",
            ),
            source="sendmail libmilter/listener.c, libmilter/engine.c",
        ),
        Shape(
            event=f"{program}.queue_id_missing",
            daemons=daemons,
            template="WARNING: [sendmail ]symbol 'i' not available",
            samples=("WARNING: symbol 'i' not available",),
            source=source,
            constants={"severity": "warning"},
        ),
        Shape(
            event=f"{program}.message_requeued",
            daemons=daemons,
            template="{message|messages} requeueing (internal error)",
            samples=("message requeueing (internal error)",),
            source=source,
            constants={"severity": "error"},
        ),
        Shape(
            event=f"{program}.header_ignored",
            daemons=daemons,
            template=(
                "ignoring header field '{checked_text:rest}'",
                "too much header data[; accepting][, returning {action}]",
                JOB + 'ignoring invalid {detail:name} header "{checked_text:rest}"',
            ),
            samples=(
                "ignoring header field 'Subject'",
                "too much header data",
                'CD5DD16271C: ignoring invalid Authentication-Results header "x; y"',
            ),
            source=source,
        ),
        Shape(
            event=f"{program}.header_change_failed",
            daemons=daemons,
            template=(
                JOB + "{detail:name} header {action:=add|remove} failed",
                "failed to remove {detail:name}: header",
                JOB + 'error inserting header field "{detail:name}"',
            ),
            samples=(
                "CD5DD16271C: Authentication-Results header add failed",
                "failed to remove DKIM-Signature: header",
                'CD5DD16271C: error inserting header field "ARC-Seal"',
            ),
            source=source,
            constants={"severity": "error"},
        ),
        Shape(
            event=f"{program}.connection_ignored",
            daemons=daemons,
            template=(
                "ignoring connection from {client_name:rest}",
                "peer connection from {client_name:rest}, returning {action}",
            ),
            samples=(
                "ignoring connection from mail.partner.example",
                "peer connection from mail.partner.example, returning accept",
            ),
            source=source,
        ),
        Shape(
            event=f"{program}.call_failed",
            daemons=daemons,
            template=(
                "[" + JOB + "]{detail:name}() failed[: {reason:rest}]",
                "kill({peer_pid}, {:int}): {reason:rest}",
                stderr + "[\\[parent\\] ][\\[child\\] ]{detail:name}(): {reason:rest}",
                JOB + "{detail:name}(): {reason:rest}",
                stderr + "[{queue_id}: ]{file_name:word}: {detail:name}(): {reason:rest}",
                "{:word}: {file_name:word}: {detail:name}(): {reason:rest}",
                "[{queue_id}: ]{file_name:word}: {detail:=flock|lockf}({:name}): {reason:rest}",
                "{file_name:word}: read() wrong size ({size_bytes})",
                "{client_name} malloc(): {reason:rest}",
            ),
            samples=(
                "CD5DD16271C: smfi_addheader() failed",
                "kill(118, 15): No such process",
                "[child] sigaction(): Invalid argument",
                "CD5DD16271C: dkim_eoh(): internal error from libopendkim: unknown",
                "/etc/dkimkeys/mail.private: open(): Permission denied",
                "/etc/filter.conf: /etc/filter/KeyTable: dkimf_db_open(): Permission denied",
                "CD5DD16271C: /run/filter.dat: flock(LOCK_EX): No locks available",
                "/etc/dkimkeys/mail.private: read() wrong size (12)",
                "mail.partner.example malloc(): Cannot allocate memory",
            ),
            source=source,
            constants={"severity": "error"},
        ),
    )
