"""Net::Server, on which Perl's policy servers run: start and stop, sockets, children.

server() gives its shapes under the name of one program. Lines begin with Net::Server's own stamp
(`2026/11/24-03:36:59`) where it writes one.
"""

from parsers.shapes import Shape

_SERVER = "Net::Server lib/Net/Server.pm, lib/Net/Server/Proto/TCP.pm, lib/Net/Server/PreFork.pm"


def server(program: str, daemons: tuple[str, ...]) -> tuple[Shape, ...]:
    """The shared shapes of one program, as `program.fact`."""
    return (
        Shape(
            event=f"{program}.server_started",
            daemons=daemons,
            template="{:word} {:word} (type {transport}) starting! pid({peer_pid})",
            samples=(
                f"2026/11/24-03:36:59 {program} (type Net::Server::Multiplex) starting! pid(118)",
            ),
            source=_SERVER,
        ),
        Shape(
            event=f"{program}.server_stopped",
            daemons=daemons,
            template=(
                "{:word} Server closing!",
                "{reason:=Exiting|Sending children hup signal}[!]",
                "{:word} {reason:=Re-exec server during HUP|a SIG HUP}",
            ),
            samples=(
                "2026/11/24-03:39:28 Server closing!",
                "Exiting!",
                "2026/11/24-03:39:28 Re-exec server during HUP",
            ),
            source=_SERVER,
        ),
        Shape(
            event=f"{program}.socket_opened",
            daemons=daemons,
            template=(
                (
                    "Binding to {protocol} port {relay_port} on host {local_address:word}"
                    " with IPv{detail}"
                ),
                'Binding to {protocol} socket file "{file_name:text}"',
                "Binding {detail:=open file descriptors}",
                "Resolved \\[{:text}\\]:{relay_port} to \\[{local_address:endpoint}\\]{detail}",
            ),
            samples=(
                "Binding to TCP port 10023 on host 127.0.0.1 with IPv4",
                'Binding to UNIX socket file "/var/spool/postfix/policy/socket"',
                "Binding open file descriptors",
                "Resolved [localhost]:10023 to [::1]:10023, IPv6",
            ),
            source=_SERVER,
        ),
        Shape(
            event=f"{program}.process_set_up",
            daemons=daemons,
            template=(
                "{Process|Group Not Defined.|User Not Defined.|Chrooting to} {detail}",
                'Setting {gid|uid} to "{detail:text}"',
            ),
            samples=(
                "Process Backgrounded",
                'Setting gid to "112 112"',
            ),
            source=_SERVER,
        ),
        Shape(
            event=f"{program}.peer_connected",
            daemons=daemons,
            template=(
                (
                    '{:word} CONNECT {protocol} Peer: "[\\[]{remote_address:ip}[\\]]:{:int}" Local:'
                    ' "{local_address:word}"'
                ),
                '{:word} CONNECT {protocol} Socket: "{file_name}"',
            ),
            samples=(
                (
                    '2026/11/24-03:36:59 CONNECT TCP Peer: "[127.0.0.1]:57814" Local:'
                    ' "[127.0.0.1]:10023"'
                ),
                '2026/11/24-03:36:59 CONNECT UNIX Socket: "/var/spool/postfix/policy/socket"',
            ),
            source=_SERVER,
        ),
        Shape(
            event=f"{program}.children_changed",
            daemons=daemons,
            template=(
                '{Starting|Killing} "{item_count}" children',
                (
                    "{Increasing|Decreasing|Beginning prefork|Max number of children|Child|Parent|"
                    "Setting up serialization} {detail}"
                ),
            ),
            samples=(
                'Starting "5" children',
                "Max number of children reached (20) -- checking for alive.",
            ),
            source=_SERVER,
        ),
        Shape(
            event=f"{program}.server_failed",
            daemons=daemons,
            template=(
                (
                    "{Couldn't unlink|Accept failed|Ran out of accept retries|Bad fork|"
                    "Failed to kill|Client socket information|NOTICE:}{reason:rest}"
                ),
                "{:word} {reason:text}[#012]  at line {:int} in file {detail}",
            ),
            samples=(
                "Accept failed with 4 tries left: Interrupted system call",
                (
                    "2026/11/24-03:36:59 Can't connect to TCP port 10023 on 127.0.0.1 [Address"
                    " already in use]#012  at line 64 in file /usr/share/perl5/Net/Server.pm"
                ),
            ),
            source=_SERVER,
            constants={"severity": "error"},
        ),
    )
