"""Postfix's helpers: anvil(8), flush(8), scache(8), showq(8), tlsmgr(8)..."""

from parsers.postfix import TROUBLE
from parsers.shapes import Shape

_CACHES = ("postfix/verify", "postfix/postscreen", "postfix/tlsmgr")

_RATE = "statistics: max {stage:=connection|message|recipient|newtls|auth} rate {item_count}"

SHAPES = (
    Shape(
        event="postfix.peak_rate_logged",
        daemons=("postfix/anvil",),
        template=(
            _RATE + "/{duration_seconds}s for ({service:text}:{client_address}) at {detail:rest}",
            # anvil_rate_time_unit in another unit
            _RATE + "/{:int}{m|h|d|w} for ({service:text}:{client_address}) at {detail:rest}",
        ),
        samples=(
            (
                "statistics: max connection rate 56/60s for (127.0.0.13:smtp:203.0.113.6) at Nov 24"
                " 03:37:26"
            ),
            "statistics: max message rate 3/60s for (smtp:2001:db8::25) at Nov 24 03:37:26",
            "statistics: max connection rate 1/5m for (smtpd:2001:db8::25) at Nov 24 03:37:26",
        ),
        source="src/anvil/anvil.c",
    ),
    Shape(
        event="postfix.peak_count_logged",
        daemons=("postfix/anvil",),
        template=(
            "statistics: max connection count {item_count} for ({service:text}:{client_address})"
            " at {detail:rest}"
        ),
        samples=("statistics: max connection count 3 for (smtp:127.0.0.10) at Nov 24 03:38:06",),
        source="src/anvil/anvil.c",
    ),
    Shape(
        event="postfix.peak_cache_logged",
        daemons=("postfix/anvil",),
        template="statistics: max cache size {item_count} at {detail:rest}",
        samples=("statistics: max cache size 28 at Nov 24 03:37:26",),
        source="src/anvil/anvil.c",
    ),
    Shape(
        event="postfix.connection_cache_logged",
        daemons=("postfix/scache",),
        template="statistics: {detail:rest}",
        samples=(
            "statistics: address lookup hits=0 miss=11 success=0%",
            "statistics: start interval Nov 24 03:37:01",
        ),
        source="src/scache/scache.c",
    ),
    Shape(
        event="postfix.cache_cleaned",
        daemons=_CACHES,
        template="cache {file_name:text} {action:=full|partial} cleanup: {detail:rest}",
        samples=(
            "cache btree:/var/lib/postfix/verify_cache full cleanup: retained=0 dropped=0 entries",
        ),
        source="src/util/dict_cache.c",
    ),
    Shape(
        event="postfix.tls_proxy_connected",
        daemons=("postfix/tlsproxy",),
        template=r"CONNECT {from|to} \[{client_address}\]:{client_port}",
        samples=("CONNECT from [203.0.113.31]:45348",),
        source="src/tlsproxy/tlsproxy.c",
    ),
    Shape(
        event="postfix.tls_proxy_disconnected",
        daemons=("postfix/tlsproxy",),
        template=r"DISCONNECT \[{client_address}\]:{client_port}",
        samples=("DISCONNECT [203.0.113.31]:45348",),
        source="src/tlsproxy/tlsproxy_state.c",
    ),
    Shape(
        event="postfix.cache_failed",
        daemons=_CACHES,
        template=(
            (
                "warning: {file_name:word}: {reason:=could not update entry|could not delete"
                " entry} for"
                " {checked_text:rest}"
            ),
            (
                "warning: {file_name:word}: cache lookup for '{checked_text:rest}' {reason:=failed"
                " due"
                " to error}"
            ),
            (
                "warning: {file_name:word}: {reason:=sequence error|cache cleanup scan terminated"
                " due"
                " to error}"
            ),
            "{file_name:word} cache cleanup will start after {duration_seconds}s",
        ),
        samples=(
            "warning: btree:/var/lib/postfix/verify_cache: could not update entry for a@b.example",
            (
                "warning: btree:/var/lib/postfix/verify_cache: cache lookup for 'a@b.example'"
                " failed due to error"
            ),
            "warning: btree:/var/lib/postfix/verify_cache: sequence error",
            "btree:/var/lib/postfix/verify_cache cache cleanup will start after 43200s",
        ),
        source="src/util/dict_cache.c",
    ),
    Shape(
        event="postfix.flush_log_failed",
        daemons=("postfix/flush",),
        template=(
            TROUBLE + "[{:name}: ]{action:=open|lock|write|unlock|truncate|read} fast flush logfile"
            " {file_name:word}: {reason}",
            (
                'warning: {reason:=bad queue id} "{detail:rest}" in fast flush logfile'
                " {file_name:word}"
            ),
            "warning: remove logfile {file_name:word}: {reason}",
        ),
        samples=(
            "fatal: flush_add_path: open fast flush logfile example_org: Permission denied",
            'warning: bad queue id "xyz..." in fast flush logfile example_org',
            "warning: remove logfile flush/example_org: No such file or directory",
        ),
        source="src/flush/flush.c",
    ),
    Shape(
        event="postfix.entropy_missed",
        daemons=("postfix/tlsmgr",),
        template=(
            (
                "[warning: ]{reason:=cannot read from entropy|cannot open entropy} {device|file}"
                " {file_name:word}: {detail}"
            ),
            "{reason:=lost connection} to EGD server {file_name:word} -- exiting to reconnect",
            "{reason:=exiting to reopen} external entropy source {file_name}",
            "warning: {reason:=cannot connect} to EGD server {file_name:word}: {detail}",
            (
                "{severity:=warning|fatal}: cannot {fstat()|open} [the ]PRNG exchange file["
                " {file_name:word}]:"
                " {reason}"
            ),
            (
                "warning: {reason:=PRNG exchange file was removed -- exiting to reopen|encryption"
                " keys"
                " etc. may be predictable}"
            ),
            "warning: {reason:=no entropy source specified} with parameter {parameter}",
        ),
        samples=(
            "cannot read from entropy device /dev/urandom: Input/output error -- exiting to reopen",
            "lost connection to EGD server /run/egd -- exiting to reconnect",
            "exiting to reopen external entropy source dev:/dev/urandom",
            "warning: cannot connect to EGD server /run/egd: Connection refused",
            "fatal: cannot open PRNG exchange file /var/lib/postfix/prng_exch: Permission denied",
            "warning: PRNG exchange file was removed -- exiting to reopen",
            "warning: no entropy source specified with parameter tls_random_source",
        ),
        source="src/tlsmgr/tlsmgr.c",
    ),
    Shape(
        event="postfix.tls_manager_refused",
        daemons=("postfix/tlsmgr",),
        template=(
            "TLS support is not compiled in -- exiting",
            (
                'warning: bogus {reason:=cache type|seed length} "{detail:rest}" in "{action:name}"'
                " request"
            ),
            "warning: {reason:=invalid session ticket key name} length: {detail}",
            "fatal: do not use the same TLS cache file {file_name:word} for {detail}",
        ),
        samples=(
            "TLS support is not compiled in -- exiting",
            'warning: bogus cache type "x" in "lookup" request',
            "warning: invalid session ticket key name length: 3",
            "fatal: do not use the same TLS cache file btree:/var/lib/postfix/x for smtpd and smtp",
        ),
        source="src/tlsmgr/tlsmgr.c",
    ),
    Shape(
        event="postfix.queue_listing_failed",
        daemons=("postfix/showq",),
        template=(
            (
                "warning: {queue_id}: {reason:=malformed size record|duplicate sender"
                " address|missing"
                " sender address}: {detail}"
            ),
            "warning: {reason:=readdir loop} on queue {detail:name} id {queue_id}",
        ),
        samples=(
            "warning: ADC001628E4: malformed size record: x -- using file size instead",
            "warning: readdir loop on queue deferred id ADC001628E4",
        ),
        source="src/showq/showq.c",
        constants={"severity": "warning"},
    ),
)
