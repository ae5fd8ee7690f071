"""milter-greylist: mail delayed, let pass and refused, where its lines carry Postfix's queue id.

Sender and recipient are shown as SMTP gave them, angle brackets included.
"""

from parsers.shapes import Shape

_SOURCE = "milter-greylist milter-greylist.c, acl.c, autowhite.c, pending.c"
_DAEMONS = ("milter-greylist",)
_CLIENT = "{queue_id}: addr [{client_name}]\\[{client_address}\\] from <{envelope_sender:balanced}>"
_TIME = "{detail:text}[ (ACL {reason:text})]"
_SPOOLED = (
    " {client_address} from <{envelope_sender:balanced}> rcpt <{recipient:balanced}>:"
    " autowhitelisted "
)

SHAPES = (
    Shape(
        event="milter_greylist.greylisted",
        daemons=_DAEMONS,
        template=(
            _CLIENT + " to <{recipient:balanced}> delayed[ {stage:=after DATA phase}] for " + _TIME
        ),
        samples=(
            (
                "4jYT8M5kLVzCT0c: addr out.hamster.example[203.0.113.6] from <a@hamster.example>"
                " to <grey@lab.example> delayed for 00:05:00 (ACL 81)"
            ),
        ),
        source=_SOURCE,
        constants={"action": "greylist"},
        common=True,
    ),
    Shape(
        event="milter_greylist.rejected",
        daemons=_DAEMONS,
        template=_CLIENT + "[ to <{recipient:balanced}>] blacklisted[ (ACL {reason:text})]",
        samples=(
            (
                "4jYT8M5kLVzCT0c: addr out.hamster.example[203.0.113.6] from <a@hamster.example>"
                " to <grey@lab.example> blacklisted (ACL 82)"
            ),
        ),
        source=_SOURCE,
        constants={"action": "reject"},
    ),
    Shape(
        event="milter_greylist.passed",
        daemons=_DAEMONS,
        template=(
            (
                "{queue_id}: skipping greylist because {reason:rest}, (from=<"
                "{envelope_sender:balanced}>, rcpt=[<]{recipient}[>], addr=[{client_name}]\\["
                "{client_address}\\]) ACL {detail:name}"
            ),
            "{queue_id}: skipping greylist because {reason:rest}",
            (
                "{queue_id}: Sender IP {client_address} and address <{envelope_sender:balanced}>"
                " are {reason:=SPF-compliant}, bypassing greylist"
            ),
        ),
        samples=(
            (
                "4jYT8M5kLVzCT0c: skipping greylist because address 203.0.113.6 is whitelisted,"
                " (from=<a@hamster.example>, rcpt=<grey@lab.example>,"
                " addr=out.hamster.example[203.0.113.6]) ACL 80"
            ),
            "4jYT8M5kLVzCT0c: skipping greylist because recipient <x@lab.example> is whitelisted",
            (
                "4jYT8M5kLVzCT0c: Sender IP 203.0.113.6 and address <a@hamster.example> are"
                " SPF-compliant, bypassing greylist"
            ),
        ),
        source=_SOURCE,
        constants={"action": "pass"},
        common=True,
    ),
    Shape(
        event="milter_greylist.client_whitelisted",
        daemons=_DAEMONS,
        template="{queue_id}: addr" + _SPOOLED + "for [more ][another ]{detail:name}[:{:text}]",
        samples=(
            (
                "4jYT8M5kLVzCT0c: addr 203.0.113.6 from <a@hamster.example> rcpt"
                " <grey@lab.example>: autowhitelisted for 72:00:00"
            ),
        ),
        source=_SOURCE,
    ),
    Shape(
        event="milter_greylist.entry_expired",
        daemons=_DAEMONS,
        template=(
            "(local): addr" + _SPOOLED + "entry expired",
            "{queue_id}: addr {client_address} flushed, removed {item_count} {detail}",
        ),
        samples=(
            (
                "(local): addr 203.0.113.6 from <a@hamster.example> rcpt <grey@lab.example>:"
                " autowhitelisted entry expired"
            ),
            "4jYT8M5kLVzCT0c: addr 203.0.113.6 flushed, removed 3 grey and autowhite",
        ),
        source=_SOURCE,
    ),
    Shape(
        event="milter_greylist.configuration_loaded",
        daemons=_DAEMONS,
        template=(
            '{loading|reloading|loaded|reloaded} config file "{file_name}"[ in {detail}]',
            'config file "{file_name}" is okay',
            "Final database dump{detail}",
            "milter-greylist-{version} {detail}",
        ),
        samples=(
            'reloaded config file "/etc/milter-greylist/greylist.conf" in 0.000612s',
            'config file "/etc/milter-greylist/greylist.conf" is okay',
            "Final database dump: no change to dump",
            "milter-greylist-4.6.2 (Debian)",
        ),
        source=_SOURCE,
    ),
    Shape(
        event="milter_greylist.peer_reported",
        daemons=_DAEMONS,
        template=(
            "{Incoming MX sync connection from|Connection to} {detail}",
            "{Lost|lost|closing} connection with peer {detail}",
            "cannot sync with peer {detail}",
            "Remote host {detail:text} is not a peer MX",
        ),
        samples=(
            "Incoming MX sync connection from 198.51.100.20",
            "lost connection with peer 198.51.100.20: Broken pipe (3 entries queued)",
            "cannot sync with peer 198.51.100.20: Connection refused (3 entries queued)",
            "Remote host 203.0.113.6 is not a peer MX",
        ),
        source="milter-greylist sync.c",
    ),
)
