"""The servers that rspamd speaks to, and how they fail: other workers, Redis, fuzzy storage, DNS "
"lists."""

from parsers.rspamd import DAEMONS, FUNCTION, MODULE
from parsers.shapes import Shape

_PROXY = "rspamd src/rspamd_proxy.c"

SHAPES = (
    Shape(
        event="rspamd.backend_failed",
        daemons=DAEMONS,
        template=(
            FUNCTION + "abnormally closing connection from backend: {relay_address:text}, error: "
            "{reason:text}[, retries left: {attempt_count}]",
            FUNCTION + "retry connection to: {relay_address:text} retries left: {attempt_count}",
            FUNCTION + "cannot connect to upstream, maximum retries has been reached: "
            "{attempt_count}",
            FUNCTION + "cannot {connect upstream|select upstream|find upstream}[ for][:] "
            "{relay_host:rest}",
            FUNCTION + "cannot parse results from {detail}",
            FUNCTION + "skip mirror {relay_host:text}: {reason:rest}",
            FUNCTION + "send request to {relay_host:rest}",
            FUNCTION + "cannot {write pong reply|find scan results, tempfail|"
            "find action in results, tempfail}[: {reason}]",
            FUNCTION + "action {action:text} has not been registered",
        ),
        samples=(
            (
                "<de4623>; proxy; proxy_backend_master_error_handler: abnormally closing "
                "connection from backend: 192.0.2.11:11333, error: connection refused, retries "
                "left: 4"
            ),
            (
                "<de4623>; proxy; proxy_backend_master_error_handler: retry connection to: "
                "192.0.2.11:11333 retries left: 3"
            ),
            (
                "<de4623>; proxy; proxy_send_master_message: cannot connect to upstream, maximum "
                "retries has been reached: 5"
            ),
            "<de4623>; proxy; proxy_send_master_message: cannot select upstream for default",
            (
                "<de4623>; proxy; proxy_backend_parse_results: cannot parse results from the "
                "master backend"
            ),
            (
                "<de4623>; proxy; proxy_open_mirror_connections: skip mirror test: cannot forward "
                "a 5 bytes file inline, the limit is 1 bytes"
            ),
            "<de4623>; proxy; proxy_open_mirror_connections: send request to test",
            "<de4623>; milter; rspamd_milter_send_task_results: cannot find scan results, tempfail",
            (
                "<de4623>; milter; rspamd_milter_send_task_results: action quarantine has not been "
                "registered"
            ),
        ),
        source=_PROXY,
    ),
    Shape(
        event="rspamd.redis_failed",
        daemons=DAEMONS,
        template=(
            FUNCTION + "cannot connect to redis {relay_address:word} (port {relay_port}): "
            "{reason:rest}",
            FUNCTION + "{reason:=cannot get stat|error getting reply from redis server|"
            "cannot classify task|call to redis failed|cannot get server address for redis|cannot "
            "start TLS for redis|cannot make redis request|got error while connecting to redis|"
            "Redis requires a password when username is supplied|cannot connect redis}[:][ "
            "{detail}]",
        ),
        samples=(
            (
                "<8ae27d>; redis; register_event: cannot connect to redis 192.0.2.12 (port 6379): "
                "Connection refused"
            ),
            "<8ae27d>; bayes; rspamd_redis_classified: cannot classify task: Connection refused",
        ),
        source="rspamd src/libserver/redis_pool.cxx, src/libstat/backends/redis_backend.cxx",
    ),
    Shape(
        event="rspamd.fuzzy_failed",
        daemons=DAEMONS,
        template=(
            FUNCTION + "got error on IO with server {relay_host:text}({relay_address:text}), "
            "{reason:rest}",
            FUNCTION + "got IO timeout with server {relay_host:text}({relay_address:text}), "
            "{reason:rest}",
            FUNCTION + "cannot connect to {relay_host:text}({relay_address:text}), {reason:rest}",
            FUNCTION + "fuzzy_tcp: {reason:rest}",
        ),
        samples=(
            (
                "<8ae27d>; task; fuzzy_check_io_callback: got error on IO with server "
                "fuzzy.example.org(192.0.2.13:11335), on read, 111, Connection refused"
            ),
            (
                "<8ae27d>; task; fuzzy_check_timer_callback: got IO timeout with server "
                "fuzzy.example.org(192.0.2.13:11335), after 3 retransmits"
            ),
            (
                "<8ae27d>; task; register_fuzzy_client_call: cannot connect to "
                "fuzzy.example.org(192.0.2.13:11335), 111, Connection refused"
            ),
            (
                "<8ae27d>; fuzzy; fuzzy_tcp_io: fuzzy_tcp: connection failed for rule rspamd.com "
                "to fuzzy.example.org: Connection refused"
            ),
        ),
        source="rspamd src/plugins/fuzzy_check.c",
    ),
    Shape(
        event="rspamd.upstream_changed",
        daemons=DAEMONS,
        template=(
            MODULE + "{:name}: {status:=restoring} {relay_host:text} after {duration_seconds} "
            "seconds of downtime, total downtime: {detail}",
            MODULE + "{:name}: {reason:text} on resolving {relay_host:text}, disable object",
            MODULE + "{:name}: DNS {query blocked|reply returned} {reason:rest}",
            MODULE + "{:name}: mark upstream {relay_host:text} {status:=inactive|active|alive}"
            "[;][ {detail}]",
        ),
        samples=(
            (
                "<km1b5a>; monitored; rspamd_monitored_propagate_success: restoring "
                "dnsbl.example.org after 62.5 seconds of downtime, total downtime: 62.5"
            ),
            (
                "<km1b5a>; monitored; rspamd_monitored_propagate_error: timed out on resolving "
                "dnsbl.example.org, disable object"
            ),
            (
                "<km1b5a>; monitored; rspamd_monitored_dns_cb: DNS query blocked on "
                "dnsbl.example.org (127.0.0.1 returned), possibly due to high volume"
            ),
            (
                "<km1b5a>; upstream; rspamd_upstream_set_inactive: mark upstream fuzzy.example.org "
                "inactive; 1 alive upstreams left"
            ),
        ),
        source="rspamd src/libserver/monitored.c, src/libutil/upstream.c",
    ),
)
