"""Who speaks to rspamd: milter and HTTP clients, those who use its controller."""

from parsers.rspamd import DAEMONS, FUNCTION
from parsers.shapes import Shape

_PROXY = "rspamd src/rspamd_proxy.c"
_CONTROLLER = "rspamd src/controller.c"

SHAPES = (
    Shape(
        event="rspamd.client_connected",
        daemons=DAEMONS,
        template=(
            FUNCTION + "accepted [{protocol:=milter|http|control} ]connection from "
            "{client_address:word} port {client_port}[, task ptr: {:word}]",
            FUNCTION + "accepted control connection from {client_address:word}",
            FUNCTION + r"got connection from [\[]{client_address}[\]][:{client_port}]",
            FUNCTION + "got connection from {detail:rest}",
        ),
        samples=(
            (
                "<de4623>; proxy; proxy_accept_socket: accepted milter connection from 192.0.2.9 "
                "port 40222"
            ),
            (
                "<f0cb08>; main; rspamd_control_handler: accepted control connection from "
                "/run/rspamd/control.sock"
            ),
            (
                "<adfb84>; milter; rspamd_milter_process_command: got connection from "
                "[2001:db8::beef]:40878"
            ),
            "<adfb84>; milter; rspamd_milter_process_command: got connection from unix:anonymous",
        ),
        source=_PROXY,
        common=True,
    ),
    Shape(
        event="rspamd.client_disconnected",
        daemons=DAEMONS,
        template=(
            FUNCTION + "finished {protocol:=milter} connection",
            FUNCTION + "finished {detail:=mirror|master} connection to {relay_address:word}; HTTP "
            "code: {reply_code}",
            FUNCTION + "normally closing milter connection from: {client_address:text}, "
            "{reason:rest}",
            FUNCTION + "abnormally closing [milter ]connection from: {client_address:text}, error: "
            "{reason:rest}",
            FUNCTION + "the peer has closed connection unexpectedly[: {reason}]",
            FUNCTION + "no data received from: {client_address:text}, {reason}",
            FUNCTION + "http error occurred: {reason}",
        ),
        samples=(
            "<de4623>; proxy; proxy_milter_finish_handler: finished milter connection",
            (
                "<de4623>; proxy; proxy_backend_master_finish_handler: finished master connection "
                "to 192.0.2.11:11333; HTTP code: 200"
            ),
            (
                "<de4623>; proxy; proxy_milter_error_handler: normally closing milter connection "
                "from: 192.0.2.9:40222, undefined command"
            ),
            (
                "<de4623>; proxy; proxy_milter_error_handler: abnormally closing milter connection "
                "from: 192.0.2.9:40222, error: IO read error: connection reset"
            ),
            (
                "<de4623>; task; rspamd_worker_guard_handler: the peer has closed connection "
                "unexpectedly"
            ),
            (
                "<de4623>; fuzzy; rspamd_fuzzy_tcp_io: no data received from: 192.0.2.9:40222, "
                "closing connection"
            ),
            (
                "<de4623>; csession; rspamd_controller_error_handler: http error occurred: IO read "
                "error"
            ),
        ),
        source=_PROXY,
        common=True,
    ),
    Shape(
        event="rspamd.client_refused",
        daemons=DAEMONS,
        template=(
            FUNCTION + "{action:=drop|deny|dropping} connection from {client_address:text}: "
            "{reason:rest}",
            FUNCTION + "{action:=refusing|ratelimiting} TCP connection from {client_address:word}"
            "[ ({reason})]",
            FUNCTION + "{action:=propagating} ratelimiting {client_address:text}, {detail}",
            FUNCTION + "{action:=deny} {reason:text} from {client_address:text}: {detail}",
            FUNCTION + "{reason:=received encrypted request when encryption is not enabled|"
            "MTA specifies too old protocol|ratelimiting key|key}[:][ ]{detail}",
        ),
        samples=(
            (
                "<de4623>; fuzzy; rspamd_fuzzy_tcp_accept: drop connection from 192.0.2.9: the "
                "limit of 100 simultaneous connections has been reached"
            ),
            (
                "<de4623>; fuzzy; accept_tcp_socket: refusing TCP connection from 192.0.2.9 "
                "(blacklisted)"
            ),
            (
                "<de4623>; fuzzy; rspamd_fuzzy_check_ratelimit: propagating ratelimiting 192.0.2.9,"
                " 5.0 max elts"
            ),
            (
                "<de4623>; protocol; rspamd_protocol_handle_headers: deny v3 shm request body from "
                "192.0.2.9: this connection is not permitted to use file/shm inputs"
            ),
            (
                "<de4623>; milter; rspamd_milter_process_command: MTA specifies too old protocol: "
                "1, aborting connection"
            ),
        ),
        source="rspamd src/worker.c, src/fuzzy_storage.c",
    ),
    Shape(
        event="rspamd.controller_opened",
        daemons=DAEMONS,
        template=FUNCTION + "allow unauthorized [proxied ]connection from a {detail:=trusted IP|"
        "unix socket}[ {client_address:word}][ via {relay_address:word}]",
        samples=(
            (
                "<9f5d12>; csession; rspamd_controller_check_password: allow unauthorized "
                "connection from a trusted IP 192.0.2.9"
            ),
        ),
        source=_CONTROLLER,
    ),
    Shape(
        event="rspamd.controller_refused",
        daemons=DAEMONS,
        template=(
            FUNCTION + "{reason:=absent or incorrect password has been specified|"
            "absent password has been specified|deny default password for remote access|"
            "throttling authentication: too many failures|no password to check while executing a "
            "privileged command}; source ip: {client_address:word}",
            FUNCTION + "{reason:=incorrect or absent password has been specified|"
            "incorrect or absent enable password has been specified}",
        ),
        samples=(
            (
                "<9f5d12>; csession; rspamd_controller_check_password: absent or incorrect "
                "password has been specified; source ip: 203.0.113.6"
            ),
            (
                "<9f5d12>; controller; rspamd_check_encrypted_password: incorrect or absent "
                "password has been specified"
            ),
        ),
        source=_CONTROLLER,
    ),
    Shape(
        event="rspamd.controller_used",
        daemons=DAEMONS,
        template=(
            FUNCTION + "<{client_address:text}> {action:=modified|cleared} {item_count} {detail}",
            FUNCTION + "<{client_address:text}> {action:=reset stat}",
            FUNCTION + "<{client_address:text}>, map {file_name:text} {action:=saved}",
            FUNCTION + "{reason:=cannot parse input|map not found|absent map id|invalid map id|"
            "cannot read map|cannot query rrd|no rrd configured|absent graph type query|invalid "
            "graph type query|custom command|plugin handler|no symbols to save|add symbol failed "
            "for|bad request url|json array data error|input is not an array|no flag defined to "
            "learn fuzzy}[:][ {detail}]",
        ),
        samples=(
            (
                "<9f5d12>; csession; rspamd_controller_handle_saveactions: <192.0.2.9> modified 4 "
                "actions"
            ),
            "<9f5d12>; csession; rspamd_controller_handle_stat_reset: <192.0.2.9> reset stat",
            (
                "<9f5d12>; csession; rspamd_controller_handle_savemap: <192.0.2.9>, map "
                "/etc/rspamd/local.d/x.map saved"
            ),
            "<9f5d12>; csession; rspamd_controller_handle_savemap: map not found: 77",
        ),
        source=_CONTROLLER,
    ),
)
