"""Postfix's helpers: anvil(8), scache(8), verify(8), tlsproxy(8), and the cache they clean."""

from parsers.shapes import Shape

SHAPES = (
    Shape(
        event="postfix.peak_rate_logged",
        daemons=("postfix/anvil",),
        template=(
            "statistics: max {stage:=connection|message|recipient|newtls|auth} rate"
            " {item_count}/{duration_seconds}s for ({service:text}:{client_address}) at"
            " {detail:rest}"
        ),
        samples=(
            (
                "statistics: max connection rate 56/60s for (127.0.0.13:smtp:203.0.113.6) at Nov 24"
                " 03:37:26"
            ),
            "statistics: max message rate 3/60s for (smtp:2001:db8::25) at Nov 24 03:37:26",
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
        daemons=("postfix/verify", "postfix/postscreen", "postfix/tlsmgr"),
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
)
