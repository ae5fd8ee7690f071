"""freshclam, which keeps ClamAV's signatures up to date; texts of 0.99 to 1.5."""

from parsers.clamav import STAMPED, at
from parsers.shapes import Shape

_FRESHCLAM = ("freshclam",)
_SOURCE = "clamav freshclam/freshclam.c"
_LIBRARY = "clamav libfreshclam/libfreshclam_internal.c"

SHAPES = (
    Shape(
        event="freshclam.update_started",
        daemons=_FRESHCLAM,
        template=at(
            "ClamAV update process started at {detail}",
            "Received signal: wake up",
        ),
        samples=(
            "ClamAV update process started at Tue Nov 24 03:36:59 2026",
            STAMPED + "Received signal: wake up",
        ),
        source=_SOURCE,
    ),
    Shape(
        event="freshclam.database_current",
        daemons=_FRESHCLAM,
        template=at(
            "{file_name:word} [database ]is {up-to-date|up to date} (version: {version:text}[, "
            "sigs: {item_count}, {detail:text}])",
            "{file_name:word} [database ]is {up-to-date|up to date}.",
        ),
        samples=(
            (
                "daily.cld database is up-to-date (version: 27461, sigs: 2069000, f-level: 90, "
                "builder: raynman)"
            ),
            STAMPED + "bytecode.cvd is up to date (version: 331, sigs: 94, f-level: 63, builder: "
            "anvilleg)",
            "custom.ndb is up-to-date (version: custom database)",
            "main.cvd is up-to-date.",
        ),
        source=_LIBRARY,
    ),
    Shape(
        event="freshclam.database_updated",
        daemons=_FRESHCLAM,
        template=at(
            "{file_name:word} updated (version: {version:text}, sigs: {item_count}[, "
            "{detail:text}])",
            "Database updated ({item_count} signatures) from {relay_host:word}[ (IP: "
            "{relay_address})]",
        ),
        samples=(
            "daily.cld updated (version: 27462, sigs: 2069100, f-level: 90, builder: raynman)",
            "Database updated (6538290 signatures) from db.example.org (IP: 192.0.2.80)",
        ),
        source=_LIBRARY,
    ),
    Shape(
        event="freshclam.database_available",
        daemons=_FRESHCLAM,
        template=at(
            "{file_name:word} database available for {update|download} ([local version: "
            "{detail:name}, ]remote version: {version:name})",
        ),
        samples=(
            "daily database available for update (local version: 27461, remote version: 27462)",
            "main database available for download (remote version: 62)",
        ),
        source=_LIBRARY,
    ),
    Shape(
        event="freshclam.download_reported",
        daemons=_FRESHCLAM,
        template=at(
            r"Downloading {file_name:word} \[{detail:endpoint}\]",
            "Downloaded {item_count} patches for {file_name:text}, which is fewer than the {:int} "
            "expected patches.",
            "Downloading database patch # {version:name}...",
            "Current database is {item_count} version{|s} behind.",
            "Time:[ ]{detail:rest}",
            "Downloaded missing CVD .sign file {file_name:rest}",
            "Trying to retrieve CVD header from {relay_host:rest}",
            "Reading CVD header ({file_name:text}):[ {detail}]",
            "Testing database: '{file_name:text}' ...",
            "Connecting via {relay_host:rest}",
            "Trying host {relay_host:word} ({relay_address})...",
            "{status:=OK|OK (IMS)|Database test passed.|Trying again in 5 secs...|"
            "--------------------------------------}",
        ),
        samples=(
            "Downloading daily-27462.cdiff [100%]",
            "Downloaded 1 patches for daily, which is fewer than the 3 expected patches.",
            "Downloading database patch # 28000...",
            "Current database is 3 versions behind.",
            "Time:    0.1s, ETA:    0.0s [========================>]    2.31KiB/2.31KiB",
            "Downloaded missing CVD .sign file daily-27462.cvd.sign",
            "Trying to retrieve CVD header from https://database.example.org/daily.cvd",
            "Reading CVD header (main.cvd): OK (IMS)",
            "Testing database: '/var/lib/clamav/tmp.1/clamav-2.tmp-daily.cld' ...",
            "Connecting via proxy.example.org",
            "Trying host db.example.org (192.0.2.80)...",
            "Database test passed.",
        ),
        source=_LIBRARY,
    ),
    Shape(
        event="freshclam.clamd_notified",
        daemons=_FRESHCLAM,
        template=at("Clamd successfully notified about the update."),
        samples=("Clamd successfully notified about the update.",),
        source="clamav freshclam/notify.c",
    ),
    Shape(
        event="freshclam.clamd_not_notified",
        daemons=_FRESHCLAM,
        template=at(
            "Clamd was NOT notified: {reason:rest}",
            "NotifyClamd: {reason:rest}",
        ),
        samples=(
            (
                "Clamd was NOT notified: Can't connect to clamd through /run/clamav/clamd.ctl: No "
                "such file or directory"
            ),
            "NotifyClamd: Unknown answer from clamd: 'x'",
        ),
        source="clamav freshclam/notify.c",
    ),
    Shape(
        event="freshclam.installation_outdated",
        daemons=_FRESHCLAM,
        template=at(
            "Your ClamAV installation is OUTDATED!",
            "Local version: {version} Recommended version: {detail:word}",
            "Current functionality level = {version:name}, recommended = {detail:name}",
            "DON'T PANIC! Read {detail:word}",
            "Please check if ClamAV tools are linked against the proper version of libclamav",
        ),
        samples=(
            "Your ClamAV installation is OUTDATED!",
            "Local version: 1.0.7 Recommended version: 1.0.9",
            "Current functionality level = 161, recommended = 167",
            "DON'T PANIC! Read https://docs.clamav.net/manual/Installing.html",
            "Please check if ClamAV tools are linked against the proper version of libclamav",
        ),
        source=_LIBRARY,
    ),
)
