"""How amavis starts, what it finds installed, how it stops and restarts its processes."""

from parsers.amavis import DAEMONS, TASK
from parsers.shapes import Shape

_SOURCE = "amavis lib/Amavis.pm"

SHAPES = (
    Shape(
        event="amavis.started",
        daemons=DAEMONS,
        template=(
            (
                "starting.[ (warm)][ ] {file_name:text} at {:host} {amavis|"
                "amavisd-new}-{version:name} ({:int})[, {detail}]"
            ),
            "starting.[ (warm)][ ] {file_name:text} at {:host} {detail}",
        ),
        samples=(
            (
                "starting.  /usr/sbin/amavisd-new at mx.example.org amavisd-new-2.11.0 (20160426), "
                'Unicode aware, LANG="C.UTF-8"'
            ),
            "starting. /usr/sbin/amavisd at mx.example.org amavis, custom",
        ),
        source=_SOURCE,
    ),
    Shape(
        event="amavis.stopped",
        daemons=DAEMONS,
        template=(
            TASK + "Requesting process rundown[ after {item_count} tasks (and {:int} sessions)]"
            "[ {reason}]",
            "Net::Server: {:name}/{:name}/{:word} Server closing!",
            "{action:=warm restart on HUP} {detail}",
            "Valid PID file {file_name:text} (younger than sys uptime {:text})",
            "{Waiting for|Sending SIGTERM to|Sending SIGKILL to|Daemon} {detail}",
        ),
        samples=(
            "(04451-10) Requesting process rundown after 10 tasks (and 10 sessions)",
            "Net::Server: 2026/11/24-03:37:01 Server closing!",
            "warm restart on HUP [1178]: '/usr/sbin/amavisd-new', sockets: x",
            "Valid PID file /run/amavis/amavisd.pid (younger than sys uptime 0 00:01:00)",
            "Waiting for the process [1178] to terminate",
        ),
        source=_SOURCE,
    ),
    Shape(
        event="amavis.server_reported",
        daemons=DAEMONS,
        template="Net::Server: {reason:=Process Backgrounded|Group Not Defined.|User Not Defined.|"
        "Binding|Setting gid|Setting uid|Setting up|Starting|Beginning prefork|Bind|HUP|Couldn't|"
        "Bad|Reading|Kill|Resolved|Looking|Worker|Parent|Missing|Can't|Died|Connection|Using|"
        "Adding|Finished|Bound|PID|Host}[ {detail}]",
        samples=(
            "Net::Server: Group Not Defined.  Defaulting to EGID '116 116'",
            "Net::Server: Process Backgrounded",
        ),
        source=_SOURCE,
    ),
    Shape(
        event="amavis.scanner_configured",
        daemons=DAEMONS,
        template=(
            "Using {detail:=primary|secondary} internal av scanner code for {component:rest}",
            (
                "Found {detail:=primary|secondary} av scanner {component:word}{:text} at "
                "{file_name:rest}"
            ),
            "Found spam scanner {component:word}{:text} at {file_name:rest}",
            "{detail:=No primary av scanner|No secondary av scanner}[:] {component:rest}",
            "Found {component:word}{:text} at {file_name:rest}",
            "No {component:host},[ ]{:text} not using it",
            (
                "{reason:=No decoder for|No ext program for|Internal decoder for|Found decoder "
                "for} {:text}.{component:name}{:text}"
            ),
        ),
        samples=(
            "Using primary internal av scanner code for ClamAV-clamd",
            "Found secondary av scanner ClamAV-clamscan at /usr/bin/clamscan",
            "Found spam scanner SpamAssassin at /usr/bin/spamassassin",
            "No primary av scanner: KasperskyLab AVP - aveclient",
            "Found $file            at /usr/bin/file",
            "No $dspam,             not using it",
            "No decoder for       .F     ",
        ),
        source=_SOURCE,
    ),
    Shape(
        event="amavis.module_loaded",
        daemons=DAEMONS,
        template=(
            "Module {component:word}{:text} {version:word}",
            (
                "{component:=SQL base code|SQL::Log code|SQL::Quarantine|Lookup::SQL code|"
                "Lookup::LDAP code|AM.PDP-in proto code|SMTP-in proto code|Courier proto code|"
                "SMTP-out proto code|Pipe-out proto code|BSMTP-out proto code|Local-out proto code|"
                "OS_Fingerprint code|ANTI-VIRUS code|ANTI-SPAM code|ANTI-SPAM-EXT code|ANTI-SPAM-C "
                "code|ANTI-SPAM-SA code|Unpackers code|DKIM code|Tools code|Amavis::DB code|"
                "Amavis::Conf code|Amavis::Cache code|Amavis::Out::SQL::Conn code}{:text} "
                "{status:=loaded|NOT loaded}"
            ),
            "Perl version{:text} {version:word}",
            "perl={version:host}, user={username:text}, EUID: {detail}",
            "SpamControl: {stage:name} on {component:name} done",
            (
                "{detail:=initializing Mail::SpamAssassin|SpamAssassin debug facilities:|config "
                "files read:|logging initialized,|Creating db in|Deleting db files|modules loaded:|"
                "socket module|will bind to|user=|No programs:|DKIM signature verification "
                "disabled,|SA user config|SpamAssassin loaded plugins:|bind to|INFO: SA version:|"
                "INFO: no optional modules:|ZMQ enabled:|Master PID|no $pid_file|storage and "
                "lookups|sd_notify|extra modules loaded after daemonizing/chrooting:}[ {:rest}]"
            ),
        ),
        samples=(
            "Module Amavis::Conf        2.207",
            "ANTI-VIRUS code     loaded",
            "Perl version               5.010001",
            "perl=5.034000, user=amavis, EUID: 107 (107);  group=(), EGID: 116 116 (116 116)",
            "SpamControl: init_pre_chroot on SpamAssassin done",
            "logging initialized, log level 2, syslog: amavis.mail",
        ),
        source=_SOURCE,
    ),
)
