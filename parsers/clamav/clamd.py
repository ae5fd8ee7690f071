"""clamd, ClamAV's scanner: what it found, its databases, limits, sockets and threads.

The name of a scanned file is the sender's or user's choice where a client passes paths: so lines
are read from their end. Its settings at the start are in parsers.clamav.settings.
"""

from parsers.clamav import STAMPED, at
from parsers.shapes import Shape

_CLAMD = ("clamd",)
_SCANNER = "clamav clamd/scanner.c"
_SERVER = "clamav clamd/server-th.c"

SHAPES = (
    Shape(
        event="clamd.virus_found",
        daemons=_CLAMD,
        template=at(
            "{file_name:rest}: {virus_name:text}[({:name}:{size_bytes})] FOUND",
        ),
        samples=(
            (
                "/tmp/clamav-1aff8e86d48206ff857b1f00928384ce.tmp (deleted): "  # noqa: S108
                "Lab.Test.Worm-1.UNOFFICIAL FOUND"
            ),
            (
                "instream(127.0.0.1@40314): "
                "Win.Test.EICAR_HDB-1(44d88612fea8a8f36de82e1278abb02f:68) FOUND"
            ),
            STAMPED + "stream(192.0.2.9@2091): Win.Test.EICAR_HDB-1 FOUND",
        ),
        source=_SCANNER,
    ),
    Shape(
        event="clamd.scan_failed",
        daemons=_CLAMD,
        template=at("{file_name:rest}: {reason} ERROR"),
        samples=("instream(127.0.0.1@40314): Heuristics.Limits.Exceeded.MaxScanTime ERROR",),
        source=_SCANNER,
    ),
    Shape(
        event="clamd.file_clean",
        daemons=_CLAMD,
        template=at("{file_name:rest}: OK"),
        samples=("/srv/mail/new/1: OK", "stream(192.0.2.9@2091): OK"),
        source=_SCANNER,
    ),
    Shape(
        event="clamd.limit_reached",
        daemons=_CLAMD,
        template=at(
            "INSTREAM: Size limit reached, (requested: {size_bytes}, max: {:int})",
            "ScanStream({client_address:host}@{client_port}): Size limit reached (max: {:int})",
            "Directory recursion limit reached, skipping {file_name:rest}",
        ),
        samples=(
            "INSTREAM: Size limit reached, (requested: 65536, max: 0)",
            "ScanStream(192.0.2.9@2091): Size limit reached (max: 26214400)",
            "Directory recursion limit reached, skipping /srv/mail/a/b",
        ),
        source=_SCANNER,
    ),
    Shape(
        event="clamd.client_lost",
        daemons=_CLAMD,
        template=at(
            "Client disconnected while scanjob was active",
            "Client sent garbage after last command: {size_bytes} bytes",
            "ScanStream({client_address:host}@{client_port}): {reason:=read timeout.|read poll "
            "failed.|Can't create temporary file.|Can't write to temporary file.}",
            "ScanStream {client_port}: {reason:rest}",
            "ScanStream: {reason:rest}",
            "INSTREAM: Can't write to temporary file.",
            "{reason:=Control message truncated|Message truncated} {detail:rest}",
        ),
        samples=(
            "Client disconnected while scanjob was active",
            "Client sent garbage after last command: 12 bytes",
            "ScanStream(192.0.2.9@2091): read timeout.",
            "ScanStream 2091: accept timeout.",
            "ScanStream: error transmitting port.",
            "INSTREAM: Can't write to temporary file.",
            "Message truncated at 1024 bytes",
        ),
        source=_SCANNER,
    ),
    Shape(
        event="clamd.database_checked",
        daemons=_CLAMD,
        template=at(
            "SelfCheck: Database [status ]{status:=OK|modification detected}.[ {detail}]",
            "No stats for Database check - forcing reload",
        ),
        samples=(
            "SelfCheck: Database status OK.",
            "SelfCheck: Database modification detected. Forcing reload.",
            "No stats for Database check - forcing reload",
        ),
        source=_SERVER,
    ),
    Shape(
        event="clamd.database_loaded",
        daemons=_CLAMD,
        template=at(
            "Loaded {item_count} signatures.",
            "Database correctly reloaded ({item_count} signatures)",
            "Reading databases from {file_name:rest}",
            "{status:=Activating the newly loaded database...|Database reload completed.}",
        ),
        samples=(
            "Loaded 2 signatures.",
            "Database correctly reloaded (2 signatures)",
            "Reading databases from /var/lib/clamav",
            "Database reload completed.",
        ),
        source="clamav clamd/clamd.c, clamd/server-th.c",
    ),
    Shape(
        event="clamd.database_failed",
        daemons=_CLAMD,
        template=at(
            "{reason:=Database reload failed,|Database reload setup failed,} keeping the previous "
            "instance",
            "reload_th: {reason:rest}",
            "reload_db: {reason:rest}",
            "Database initialization error: {reason:rest}",
            "cl_statinidir() failed: {reason:rest}",
            "{reason:=Can't initialize antivirus engine|Can't initialize libclamav|Failed to "
            "spawn reload thread|Failed to find database reload thread.|Failed to init reload "
            "thread attributes|Failed to allocate reload context|Failed to release reload thread "
            "attributes|The database reload thread is not a joinable thread.|A deadlock was "
            "detected when|An unknown error occurred when|Can't duplicate the database directory "
            "path|Can't make a copy of the current engine settings|ClamAV CA certificates "
            "directory is missing}[:][ {detail}]",
            "Virus database is older than {item_count} days[!][ {detail}]",
        ),
        samples=(
            "Database reload failed, keeping the previous instance",
            "reload_th: Database load failed: Malformed database",
            "reload_db: Invalid arguments, unable to load signature databases.",
            "Database initialization error: Malformed database",
            "cl_statinidir() failed: Can't open file or directory",
            "Can't initialize libclamav: Can't allocate memory",
            "Virus database is older than 7 days!",
        ),
        source=_SERVER,
    ),
    Shape(
        event="clamd.socket_opened",
        daemons=_CLAMD,
        template=at(
            "LOCAL: Unix socket file {file_name:rest}",
            r"TCP: Bound to \[{local_address}\]:{:int}",
            "{detail:=LOCAL|TCP}: {reason:=Removing stale socket file|Received AF_UNIX|Received "
            "AF_INET|Received AF_INET6|No local AF_UNIX|No tcp AF_INET/AF_INET6} {file_name:rest}",
            "Localserver: Creating socket directory: {file_name:rest}",
        ),
        samples=(
            "LOCAL: Unix socket file /run/clamav/clamd.ctl",
            "TCP: Bound to [127.0.0.1]:3310",
            "LOCAL: Removing stale socket file /run/clamav/clamd.ctl",
            "Localserver: Creating socket directory: /run/clamav",
        ),
        source="clamav clamd/localserver.c, clamd/tcpserver.c",
    ),
    Shape(
        event="clamd.socket_failed",
        daemons=_CLAMD,
        template=at(
            r"TCP: Cannot {bind to|listen on} \[{local_address}\]:{:name}: {reason:rest}",
            "TCP: {reason:=getaddrinfo failed|getnameinfo failed|setsocktopt|socket() error|"
            "Received more than two file descriptors}[:]{detail:rest}",
            "LOCAL: Socket file {file_name:word} {reason:=could not be bound|could not be removed|"
            "exists.|is in use by another process.}[:][ {detail}]",
            "LOCAL: {reason:=Could not create socket directory|Ensure parent directory exists.|"
            "Socket allocation error|listen() error|Received more than two file descriptors}[:][ "
            "{detail}]",
            "{reason:=accept() failed|Failed to poll sockets, fatal|Main socket gone: fatal|All "
            "recv() descriptors gone: fatal|Not listening on any interfaces|Please define server "
            "type (local and/or TCP).|Cannot set socket permission for|Failed to change socket "
            "ownership to|Invalid LocalSocketMode|Unknown group|Can't set socket to nonblocking "
            "mode,|Can't get socket flags,|poll_recv_fds|Error condition on fd|fcntl for lsockets|"
            "fds_add failed|Nonblocking sockets not available!}[:][ {detail}]",
        ),
        samples=(
            "TCP: Cannot bind to [127.0.0.1]:3310: Address already in use",
            "TCP: getaddrinfo failed: Name or service not known",
            "LOCAL: Socket file /run/clamav/clamd.ctl is in use by another process.",
            "LOCAL: Could not create socket directory: /run/clamav: Permission denied",
            "accept() failed: Too many open files",
        ),
        source="clamav clamd/localserver.c, clamd/tcpserver.c, clamd/server-th.c",
    ),
    Shape(
        event="clamd.file_removed",
        daemons=("clamd", "clamav-milter"),
        template=at("{file_name:=Pid|Socket} file removed."),
        samples=("Pid file removed.", "Socket file removed."),
        source="clamav clamd/server-th.c, clamd/clamd.c",
    ),
    Shape(
        event="clamd.failed",
        daemons=_CLAMD,
        template=at(
            "VirusEvent: {reason:rest}",
            "{reason:=Command dispatch failed|Invalid command dispatch|Mutex lock failed|Mutex "
            "unlock failed|Fatal: mutex lock failed|Fatal: mutex unlock failed|pthread_create "
            "failed|thread dispatch failed|thrmgr_new failed|pipe failed|failed to add pipe fd|"
            "write syncpipe failed|Write to syncpipe failed|Syncpipe read failed|"
            "cl_engine_addref() failed|setrlimit|add_fd|realloc_polldata|Unable to add threadpool "
            "to list|Failed to allocate memory for filename|Memory allocation failed during "
            "cli_ftw()|Can't allocate memory for|File path check failure|File descriptor is too "
            "high for FD_SET|Not enough threads for multiscan.|Failed to initialize group|"
            "cl_engine_set_num|cli_engine_set_num|cli_engine_set_str}[:][(][ ]{detail:rest}",
        ),
        samples=(
            "VirusEvent: fork failed.",
            "Not enough threads for multiscan. Max: 12, Alive: 12, Multiscan: 1+1",
            "thread dispatch failed",
        ),
        source=_SERVER,
    ),
)
