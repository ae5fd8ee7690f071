"""rspamd's processes and configuration: starts, reloads, workers, limits."""

from parsers.rspamd import DAEMONS, MODULE, TAG
from parsers.shapes import Shape

_MAIN = "rspamd src/rspamd.c"
_WORKERS = "rspamd src/libserver/worker_util.c"
_IN_MAIN = TAG + "main; {:name}: "

SHAPES = (
    Shape(
        event="rspamd.started",
        daemons=DAEMONS,
        template=(
            _IN_MAIN + "rspamd {version} is {action:=starting|loading configuration|restarting|"
            "requested to reload configuration}[, build id: {detail}]",
            _IN_MAIN + "daemonized successfully; old pid {:int}, new pid {peer_pid}; pid file: "
            "{file_name:rest}",
        ),
        samples=(
            "<f0cb08>; main; main: rspamd 4.0.1 is loading configuration, build id: release",
            (
                "<f0cb08>; main; main: daemonized successfully; old pid 12, new pid 13; pid file: "
                "/run/rspamd/rspamd.pid"
            ),
        ),
        source=_MAIN,
    ),
    Shape(
        event="rspamd.stopped",
        daemons=DAEMONS,
        template=_IN_MAIN + "{action:=terminating...|catch termination signal, waiting for|"
        "shutting down Rspamd due to fatal error}[ {detail}]",
        samples=(
            (
                "<f0cb08>; main; rspamd_term_handler: catch termination signal, waiting for 4 "
                "children for 10.00 seconds"
            ),
            "<f0cb08>; main; main: terminating...",
        ),
        source=_MAIN,
    ),
    Shape(
        event="rspamd.reloaded",
        daemons=DAEMONS,
        template=_IN_MAIN + "{action:=replacing config|config has been reread successfully|"
        "kill old workers|spawn workers with a new config|restore old workers with a old config|"
        "logging reinitialised|workers spawning has been finished|notified workers that spawning "
        "is complete|cannot parse new config file, revert to old one}[ {detail}]",
        samples=("<f0cb08>; main; reread_config: config has been reread successfully",),
        source=_MAIN,
    ),
    Shape(
        event="rspamd.worker_started",
        daemons=DAEMONS,
        template=(
            MODULE + "{:name}: prepare to fork process {service} ({:int}){;|,} {detail}",
            MODULE + "{:name}: starting {service} process {peer_pid} ({:int}); {detail}",
            MODULE + "{:name}: respawn process {service} in lieu of terminated process with pid "
            "{peer_pid}",
            MODULE + "{:name}: start listening on {detail}",
        ),
        samples=(
            (
                "<f0cb08>; main; rspamd_fork_worker: prepare to fork process normal (0); listen "
                "on: localhost:11333"
            ),
            (
                "<f0cb08>; main; rspamd_handle_main_fork: starting rspamd_proxy process 386904 "
                "(0); listen on: localhost:11332"
            ),
            (
                "<f0cb08>; main; rspamd_check_termination_clause: respawn process normal in lieu "
                "of terminated process with pid 514"
            ),
            "<f0cb08>; main; start_listen: start listening on 127.0.0.1:11333",
        ),
        source=_WORKERS,
    ),
    Shape(
        event="rspamd.worker_ended",
        daemons=DAEMONS,
        template=(
            MODULE + "{:name}: {service} process {peer_pid} terminated {reason:rest}",
            MODULE + "{:name}: do not respawn process {service} after found terminated process "
            "with pid {peer_pid}",
            MODULE + "{:name}: {action:=terminate|kill} worker {service:text}({peer_pid}) with "
            "SIGKILL",
            MODULE + "{:name}: {action:=force kill|terminate} worker type {service} with pid "
            "{peer_pid}, {reason:rest}",
            MODULE + "{:name}: {action:=kill} worker {peer_pid} as {reason:rest}",
            MODULE + "{:name}: {send|do not send} signal to worker {peer_pid}[, {reason}]",
            MODULE + "{:name}: {action:=no async finishing actions, terminating|"
            "performing async finishing actions|performing finishing actions|finishing actions "
            "has been processed, terminating|terminating worker before finishing of terminate "
            "handlers|catch SIGCHLD signal,|related process}[ {detail}]",
        ),
        samples=(
            (
                "<f0cb08>; main; rspamd_check_termination_clause: normal process 514 terminated "
                "abnormally with exit code 0 by signal: Segmentation fault but NOT created core "
                "file (throttled=no); "
            ),
            (
                "<f0cb08>; main; rspamd_check_termination_clause: do not respawn process normal "
                "after found terminated process with pid 514"
            ),
            "<f0cb08>; main; hash_worker_wait_callback: terminate worker normal(514) with SIGKILL",
            (
                "<f0cb08>; main; rspamd_main_heartbeat_cb: terminate worker type normal with pid "
                "514, last beat on: 2026-11-24 03:37:01; 10 heartbeat lost"
            ),
            (
                "<f0cb08>; main; kill_old_workers: kill worker 514 as Rspamd is terminating due to "
                "an unrecoverable error"
            ),
            (
                "<f0cb08>; main; rspamd_worker_terminate: do not send signal to worker 514, "
                "already sent"
            ),
            (
                "<f0cb08>; controller; rspamd_worker_call_finish_handlers: performing finishing "
                "actions"
            ),
        ),
        source=_WORKERS,
    ),
    Shape(
        event="rspamd.heartbeat_lost",
        daemons=DAEMONS,
        template=_IN_MAIN + "{action:=lost|received} [{item_count} ]heartbeat from worker type "
        "{service} with pid {peer_pid}, last beat on: {detail}",
        samples=(
            (
                "<f0cb08>; main; rspamd_main_heartbeat_cb: lost 2 heartbeat from worker type "
                "normal with pid 514, last beat on: 2026-11-24 03:37:01"
            ),
        ),
        source=_WORKERS,
    ),
    Shape(
        event="rspamd.limit_reported",
        daemons=DAEMONS,
        template=_IN_MAIN + "{reason:=set|use system|cannot set|cannot get|enable cores throttling|"
        "disable cores throttling|disable core files|setting of core file limits|cannot disable "
        "core dumps|event loop|cpu features|cryptobox configuration|libottery prf|simdutf "
        "implementation|listening for control commands|pid file is not specified|skip spawning of "
        "worker|skip writing pid|worker of type|tempdir is not set|$TMPDIR is empty}[:][,] "
        "{detail}",
        samples=(
            (
                "<f0cb08>; main; rspamd_worker_set_limits: use system max file descriptors limit: "
                "1024 cur and 1024 max"
            ),
            "<f0cb08>; main; main: cpu features: avx2, avx, sse2, sse3, ssse3, sse41, sse42",
        ),
        source=_MAIN,
    ),
    Shape(
        event="rspamd.failed",
        daemons=DAEMONS,
        template=(
            _IN_MAIN + "{reason:=cannot run rspamd workers as root user,|"
            "cannot create listen socket for|cannot fork main process:|cannot find systemd "
            "socket:|cannot get systemd variable|cannot initialize PRNG:|cannot listen on|cannot "
            "open control socket at path:|cannot parse inet address|cannot setgid to|cannot "
            "setuid to|cannot write pid file|data corruption warning:|fork() failed:|group "
            "specified does not exists|user specified does not exists|init filters failed|"
            "initgroups failed|kill failed for pid|post load failed|setsid () failed:|systemd "
            "LISTEN_FDS|type of worker is unspecified,|accept failed:|cannot spawn more than|"
            "close() failed:}[ {detail}]",
        ),
        samples=(
            (
                "<f0cb08>; main; create_listen_socket: cannot listen on normal socket "
                "localhost:11333: Address already in use"
            ),
        ),
        source=_MAIN,
    ),
    Shape(
        event="rspamd.configuration_reported",
        daemons=DAEMONS,
        template=TAG + "{component:=cfg|symcache|re_cache|hyperscan|pool|radix|rrd}; {:name}: "
        "{detail:rest}",
        samples=(
            (
                "<5b8sdf>; cfg; rspamd_config_is_module_enabled: lua module clickhouse is enabled "
                "but has not been configured"
            ),
            "<5b8sdf>; symcache; init: loaded 750 symbols from cache",
        ),
        source="rspamd src/libserver/cfg_utils.cxx, src/libserver/symcache/symcache_impl.cxx",
    ),
)
