"""What Postfix's programs log of themselves with `-v` or debug_peer_list (DEBUG_README).

Functions name themselves before what they say; few other texts have a beginning of their own. A
client's part of a conversation stands after the client, so that it says nothing but itself.
"""

from parsers.shapes import Shape

SHAPES = (
    Shape(
        event="postfix.debug_logged",
        daemons=("postfix/*",),
        template=(
            "{component:c_name}: {detail:rest}",
            "{> |< }{client}: {detail:rest}",
            "{input attribute name|input attribute value}: {detail:rest}",
            "{component:text}: wanted attribute: {detail:rest}",
            "{component:=send attr} {detail:rest}",
            "{component:c_name} = {detail:rest}",
            "{initial|extracted|main} envelope {:name} {detail:rest}",
            "{component:=host name lookup methods:|pref} {detail:rest}",
            "{component:name} {detail:=stream disconnect}",
            ">>> {detail:text} <<<",
            (
                "{detail:=start|done|end} {incoming queue scan|deferred queue scan|sorted recipient"
                " list|move queue active -> incoming|move queue deferred -> incoming}"
            ),
            "{component:=connect to subsystem|connect to local|connect to inet} {detail:rest}",
            (
                "{component:=request|process generation|mynetworks|mydomain|myhostname|fsspace|"
                "Compiled against Berkeley DB|Run-time linked against Berkeley DB|"
                "before input_transp_cleanup|after input_transp_cleanup|watchdog|skip}:"
                " {detail:rest}"
            ),
            (
                "{detail:=request ignored|connection established|connection closed|"
                "master disconnect -- exiting|idle timeout -- exiting|"
                "max use count reached -- exiting|"
                "initializing the server-side TLS engine|initializing the client-side TLS engine}"
            ),
            "{queue_id}: {component:=recipient limit|skip} {detail:rest}",
            "wakeup {queue_id} after {delay_seconds} secs",
        ),
        samples=(
            "qmgr_active_feed: skip A94DF404B38D (169 seconds)",
            "> out.hamster.example[203.0.113.6]: 250 2.1.0 Ok",
            "input attribute value: (end)",
            "private/rewrite socket: wanted attribute: flags",
            "send attr recipient_count = 1",
            "unknown_helo_hostname_tempfail_action = defer_if_permit",
            "initial envelope A log_client_port=39358",
            "pref    0 host mx.hamster.example/203.0.113.6",
            "proxymap stream disconnect",
            ">>> START Recipient address RESTRICTIONS <<<",
            "done incoming queue scan",
            "connect to subsystem private/rewrite",
            "process generation: 231 (231)",
            "idle timeout -- exiting",
            "D4748404B37D: recipient limit 5000",
            "wakeup A94DF404B38D after 300 secs",
        ),
        source="DEBUG_README, src/util/attr_scan0.c, src/qmgr/qmgr_active.c, src/smtpd/smtpd.c",
    ),
)
