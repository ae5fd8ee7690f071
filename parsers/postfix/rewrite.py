"""trivial-rewrite(8) and proxymap(8): where addresses go, and what other programs may ask."""

from parsers.shapes import Shape

SHAPES = (
    Shape(
        event="postfix.domain_listed_twice",
        daemons=("postfix/trivial-rewrite",),
        template=(
            "warning: do not list domain {detail:word} in BOTH {parameter} and {:name}",
            "warning: do not list $myorigin ({detail:word}) in {parameter}",
        ),
        samples=(
            (
                "warning: do not list domain lab.example in BOTH mydestination and"
                " virtual_mailbox_domains"
            ),
            "warning: do not list $myorigin (lab.example) in virtual_alias_domains",
        ),
        source="src/trivial-rewrite/resolve.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.address_not_resolved",
        daemons=("postfix/trivial-rewrite",),
        template=(
            (
                "warning: resolve_addr: <{recipient:rest}>: {reason:=giving up after} {:int}"
                " iterations"
            ),
            (
                "warning: file {file_name:text}: parameter {parameter}: {reason:=null transport is"
                " not"
                " allowed}"
            ),
            (
                "warning: {parameter}: {reason:=ignoring null lookup result} for"
                " {envelope_sender:rest}"
            ),
            "warning: {rewrite_addr|transport_lookup}: {reason:=null address}[ - {detail}]",
            "warning: write {resolver|rewrite} reply: {reason}",
        ),
        samples=(
            "warning: resolve_addr: <a@b@c.example>: giving up after 100 iterations",
            (
                "warning: file /etc/postfix/main.cf: parameter relay_transport: null transport is"
                " not allowed"
            ),
            (
                "warning: sender_dependent_relayhost_maps: ignoring null lookup result for"
                " alice@lab.example"
            ),
            "warning: rewrite_addr: null address",
            "warning: write resolver reply: Broken pipe",
        ),
        source="src/trivial-rewrite/resolve.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.request_refused",
        daemons=(
            "postfix/bounce",
            "postfix/defer",
            "postfix/trace",
            "postfix/scache",
            "postfix/proxymap",
            "postfix/proxywrite",
            "postfix/trivial-rewrite",
            "postfix/verify",
        ),
        template=(
            "warning: malformed {detail:=queue id|queue name|verp delimiter string}: {reason:rest}",
            (
                "warning: {reason:=malformed request|request to send VERP-style notification of"
                " bounced"
                " mail}"
            ),
            "warning: {reason:=unknown command|bad command|unknown context}[:] {detail}",
            "warning: {:name}: {reason:=bad or missing request parameter}",
            'warning: {reason:=unrecognized request}: "{detail:rest}", ignored',
            'warning: {reason:=wrong service name} "{service:text}" for one-recipient bouncing',
        ),
        samples=(
            "warning: malformed queue id: ../x",
            "warning: malformed request",
            "warning: bad command x",
            "warning: scache_save_endp_service: bad or missing request parameter",
            'warning: unrecognized request: "x", ignored',
            'warning: wrong service name "defer" for one-recipient bouncing',
        ),
        source="src/bounce/bounce.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.table_access_refused",
        daemons=("postfix/proxymap", "postfix/proxywrite"),
        template=(
            'warning: {reason:=request for unapproved table}: "{file_name:rest}"',
            "warning: to approve this table for {read-only|read-write} access, {detail}",
            (
                "warning: refusing {file_name:text} {action:=update|delete} request on"
                " {reason:=non-proxywrite service}"
            ),
            "warning: bad {parameter} parameter value: {reason}",
        ),
        samples=(
            'warning: request for unapproved table: "hash:/etc/postfix/virtual"',
            (
                "warning: to approve this table for read-only access, list"
                " proxy:hash:/etc/postfix/virtual in main.cf:proxy_read_maps"
            ),
            (
                "warning: refusing btree:/var/lib/postfix/verify_cache update request on"
                " non-proxywrite service"
            ),
            "warning: bad proxy_read_maps parameter value: missing '}'",
        ),
        source="src/proxymap/proxymap.c",
        constants={"severity": "warning"},
    ),
)
