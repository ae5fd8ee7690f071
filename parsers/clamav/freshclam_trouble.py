"""What keeps freshclam from updating ClamAV's signatures; texts of 0.99 to 1.5."""

from parsers.clamav import at
from parsers.shapes import Shape

_FRESHCLAM = ("freshclam",)
_LIBRARY = "clamav libfreshclam/libfreshclam_internal.c"

SHAPES = (
    Shape(
        event="freshclam.mirror_failed",
        daemons=_FRESHCLAM,
        template=at(
            "Can't download {file_name:word} from {relay_host:rest}",
            "Can't connect to port {relay_port} of host {relay_host:word} (IP: {relay_address})",
            "Mirror {relay_address} is not synchronized.",
            "Ignoring mirror {relay_address} ({reason})",
            "Can't read {file_name:word} header from {relay_host:word} (IP: {relay_address})",
            "Giving up on {relay_host:text}...",
            "Failed to get {file_name:word} database version information from server: "
            "{relay_host:rest}",
            "Can't query {relay_host:rest}",
            "Download failed ({detail:name})[ {:rest}]",
            " Message: {reason:rest}",
            "{stage:=downloadFile|remote_cvdhead|check_for_new_database_version|getfile|getpatch|"
            "downloadPatchAndApply|nonblock_connect|nonblock_recv|connect_error|"
            "create_curl_handle|getcvd|query_remote_database_version}: {reason:rest}",
            "{file_name:word} not found on {remote server|database server}",
            "Unknown response from remote server[ (IP: {relay_address})]",
        ),
        samples=(
            "Can't download daily.cvd from https://database.example.org/daily.cvd",
            "Can't connect to port 80 of host db.example.org (IP: 192.0.2.80)",
            "Mirror 192.0.2.80 is not synchronized.",
            "Ignoring mirror 192.0.2.80 (due to previous errors)",
            "Can't read daily.cvd header from db.example.org (IP: 192.0.2.80)",
            "Giving up on https://database.example.org...",
            (
                "Failed to get daily database version information from server: "
                "https://database.example.org"
            ),
            "Can't query current.cvd.example.org",
            "Download failed (6) ",
            " Message: Couldn't resolve host name",
            "remote_cvdhead: Download failed (6)  Message: Couldn't resolve host name",
            "daily-27462.cdiff not found on remote server",
            "Unknown response from remote server",
        ),
        source=_LIBRARY,
    ),
    Shape(
        event="freshclam.rate_limited",
        daemons=_FRESHCLAM,
        template=at(
            "FreshClam {received|previously received} error code {reply_code}[ or {:int}] from "
            "the ClamAV Content Delivery Network (CDN).",
            "You are {on|still on} cool-down until after: {detail}",
            "Cool-down expired, ok to try again.",
            "FreshClam was forbidden from downloading a database.",
            "This is fatal. Retrying later won't help. Exiting now.",
            "{reason:=This means that you have been rate limited by the CDN.|This means that you "
            "have been rate limited or blocked by the CDN.|This could mean several things:}",
        ),
        samples=(
            "FreshClam received error code 429 from the ClamAV Content Delivery Network (CDN).",
            "You are on cool-down until after: 2026-11-25 03:37:01",
            "Cool-down expired, ok to try again.",
            "FreshClam was forbidden from downloading a database.",
            "This is fatal. Retrying later won't help. Exiting now.",
            "This means that you have been rate limited by the CDN.",
        ),
        source=_LIBRARY,
    ),
    Shape(
        event="freshclam.advice_given",
        daemons=_FRESHCLAM,
        template=at(
            "[ ][ ][ ][ ][ ] {detail:=1. You are|1. Run FreshClam|1. Verify that|2. Your network|"
            "2. Run FreshClam|2. If you have|3. If you have|3. Please do not|4. Please do not|5. "
            "If you have|a. Running|b. Running|c. Connecting|c. If you have|d. If you have|CDN "
            "and your|Ensure you are|FreshClam should|In order to|See https|cvdupdate|it is "
            "recommended|it will not|not exceeded|submitting a ticket|and we will|"
            "https://github.com|Please provide|Please see}{:rest}",
        ),
        samples=(" 1. You are running an out-of-date version of ClamAV / FreshClam.",),
        source=_LIBRARY,
    ),
    Shape(
        event="freshclam.dns_failed",
        daemons=_FRESHCLAM,
        template=at(
            "{reason:=Invalid DNS reply.|Invalid DNS update info.|DNS Update Info disabled.|"
            "Broken database version in TXT record.} Falling back to HTTP mode.",
            "DNS record is older than {item_count} hours.",
            "{reason:=Broken database version in TXT record for|No recordtime field in TXT record "
            "for|No timestamp in TXT record for} {file_name:rest}",
            "{reason:=Bad (too short) DNS reply|Broken DNS reply.|Broken TXT record|DNS rr "
            "overflow|Not a TXT record|dn_expand failed|second dn_expand failed|res_init failed|"
            "Failed to find New Version field in DNS Update Info.|Failed to find Record Time "
            "field in DNS Update Info.|Failed to find Version Warning Flag in DNS Update Info.}[ "
            "{detail}]",
        ),
        samples=(
            "Invalid DNS reply. Falling back to HTTP mode.",
            "DNS record is older than 3 hours.",
            "No timestamp in TXT record for daily.cvd",
            "Broken TXT record (txtlen = 1, size = 2)",
        ),
        source="clamav libfreshclam/dns.c",
    ),
    Shape(
        event="freshclam.update_failed",
        daemons=_FRESHCLAM,
        template=at(
            "Database update process failed: {reason:rest}",
            "Update failed for {database|custom database URL}: {file_name:rest}",
            "Update failed.[ {reason}]",
            "Custom database update failed[.][:] {reason:rest}",
            "Unexpected error when attempting to update [from custom database URL: "
            "]{file_name:word}[: {reason}]",
            "Incremental update failed, trying to download {file_name:rest}",
            "Empty script {file_name:text}, need to download entire database",
            "Database load killed by signal {:int}",
            "Database load exited with [status ]{reason:rest}",
            "{stage:=updatedb|updatecustomdb|buildcld|chdir_tmp|mkdir_and_chdir_for_cdiff_tmp|"
            "checkdbdir|currentdb|executeIfNewVersion|get_server_node|perform_database_update|"
            "downloadmanager|proxyauth|fc_download_url_databases|fc_update_database|"
            "fc_update_databases|fc_test_database|fc_download_url_database|dns_query_update_info|"
            "DatabaseCustomURL|PrivateMirror}: {reason:rest}",
            "{reason:=Database test FAILED.|Database successfully loaded, but there is stderr "
            "output|Failed to load new database|Failed to compile/load bytecode|Verification|"
            "Stderr output from database load|During database load|The database server doesn't "
            "have the latest patch for|Expected newer version of|Received an older|We'll settle "
            "for this partial-update, at least for now.|Can't read CVD header of new|Can't parse "
            "new database|Can't create local database|Can't delete the old database file|Can't "
            "unlink|Can't rename|Can't write to|Can't open|Can't chdir to|Can't change dir to|"
            "Can't create|Database directory does not exist|Database directory is not a directory|"
            "Failed to create database directory|Failed to change database directory|Failed to "
            "save freshclam.dat!|Failed to create a new freshclam.dat!|Failed to query the local "
            "time|Failed to add|Failed to switch to|Failed to get lists|Failed to allocate memory|"
            "Requested database is not available|Desired optional database|Unknown database "
            "extension|Hint: The database directory must be writable for|Creating missing "
            "database directory|Assigned ownership of database directory|No DatabaseMirror or "
            "PrivateMirror|The PrivateMirror config option|The HTTPUserAgent|In an effort to "
            "reduce CDN|HTTPProxyUsername requires|Insecure permissions|Number of checks must be|"
            "Can't stat|Can't read from freshclam.dat.|lchown to user|fork() to test database|"
            "pipe() failed|waitpid() failed|dup2() call|fork() failed|Removing broken|Bytecode is "
            "disabled|SafeBrowsing is disabled|Unknown status from wait}[:][ {detail}]",
        ),
        samples=(
            "Database update process failed: Connection failed",
            "Update failed for database: daily",
            (
                "Update failed. Your network may be down or none of the mirrors listed in "
                "/etc/clamav/freshclam.conf is working."
            ),
            "Custom database update failed: Can't rename a to b: Permission denied",
            "Unexpected error when attempting to update daily: Connection failed",
            "Incremental update failed, trying to download daily.cvd",
            "Empty script daily-1.cdiff, need to download entire database",
            "Database load killed by signal 9",
            'Database load exited with "Test failed"',
            "updatedb: Can't rename a to b: Permission denied",
            "Database test FAILED.",
        ),
        source=_LIBRARY,
    ),
    Shape(
        event="freshclam.command_failed",
        daemons=_FRESHCLAM,
        template=at(
            '{component:name}: couldn\'t execute "{detail:text}".',
            "{component:name}: already {item_count} processes active.",
            "{component:name}::fork() failed, {reason}.",
            "{component:name}: system({detail:text}) failed",
        ),
        samples=(
            'OnUpdateExecute: couldn\'t execute "/usr/local/bin/x".',
            "OnUpdateExecute: already 5 processes active.",
            "OnErrorExecute::fork() failed, Cannot allocate memory.",
            "OnErrorExecute: system(/usr/local/bin/x) failed",
        ),
        source="clamav freshclam/execute.c",
    ),
)
