"""postfwd 1 to 3: the rule that matched a request, and what was answered.

Sender and recipient stand in angle brackets without quotes. They are read up to the last place
from which helo, protocol, state and action follow as postfwd writes them.
"""

from parsers.policies.net_server import server
from parsers.shapes import Shape

_DAEMONS = ("postfwd", "postfwd2", "postfwd3", "postfwd2/policy", "postfwd3/policy")
_ALL = (*_DAEMONS, "postfwd2/cache", "postfwd3/cache")
_SOURCE = "postfwd sbin/postfwd3, sbin/postfwd2, sbin/postfwd1"
_CLIENT = (
    "\\[{RULES|CACHE}\\] rule={:int}, id={reason:text}[, queue={queue_id:name}],"
    " client={client_name:host}\\[{client_address}\\][, user={sasl_username}],"
    " sender=<{envelope_sender:rest}>"
)
_SESSION = (
    ", helo=<[{helo_name:word}]>, proto=[{protocol:name}], state=[{stage:name}]"
    "[, delay={duration_seconds}s][, hits={detail:text}], action={action}[ {reply:rest}]"
)

SHAPES = (
    Shape(
        event="postfwd.rule_matched",
        daemons=_DAEMONS,
        template=(
            _CLIENT + ", recipient=<{recipient:rest}>" + _SESSION,
            _CLIENT + _SESSION,
            "\\[{RULES|CACHE}\\] rule={:int}, id={reason:text}, {detail}",
        ),
        samples=(
            (
                "[RULES] rule=17, id=BLACKLIST, queue=4jYT8M5kLVzCT0c,"
                " client=mail.partner.example[203.0.113.5], user=anna,"
                " sender=<anna@partner.example>, recipient=<dave@lab.example>,"
                " helo=<mail.partner.example>, proto=ESMTP, state=RCPT, delay=0.01s,"
                " hits=SCORE;BLACKLIST, action=REJECT listed, go away"
            ),
            (
                "[CACHE] rule=2, id=R-2, client=unknown[2001:db8::5], sender=<>, helo=<x>,"
                " proto=SMTP, state=MAIL, action=DUNNO"
            ),
            (
                "[RULES] rule=3, id=R-3, client=unknown[203.0.113.5], sender=<>,"
                " recipient=<dave@lab.example>, helo=<x>, proto=ESMTP, state=RCPT - note: seen"
            ),
        ),
        source=_SOURCE,
        common=True,
    ),
    Shape(
        event="postfwd.statistics_logged",
        daemons=_ALL,
        template="\\[STATS\\] {detail}",
        samples=("[STATS] Requests: 0.20/min last, 0.10/min overall, 4.00/min top",),
        source=_SOURCE,
    ),
    Shape(
        event="postfwd.noted",
        daemons=_ALL,
        template=(
            "\\[DNSBL\\] {detail}",
            "\\[CLEANUP\\] {detail}",
            (
                "\\[{SCORE|MAIL|SENDMAIL|DNS|PLUGIN|SENDDNS|DUMP|GETGROUP|GETCACHEITEM|"
                "SETCACHEITEM|SETRATEITEM|ADDGROUP|DELGROUP|DELCACHEITEM|DELRATEITEM|GETDNS00|"
                "GETDNS01|GETDNS02|GETDNSA1|GETDNSA2|GETDNST1|GETDNST2|GETDNS??}\\] {detail}"
            ),
            "\\[RULES\\] {rule:|pre-dns:| RULE:|DUMPCACHE:} {detail}",
            "\\[CACHE\\] {:text}: {detail}",
            "{Saved|Fetched} {item_count} {detail:name} items {to|from} {file_name:rest}",
            'file "{file_name}" unchanged - {detail}',
            (
                "{request|answer|Action|Attribute|rate items|created cache-id|group|substitute|"
                "Asking service|Answer from|Module|Using|Can not use method|Unknown method|"
                "Setting AutoCacheID|No items found in ruleset.|request cache cleared|"
                "ignoring answer|Overriding cacheid|set up syslogging|spawn|ERROR: Could not store}"
                "[:] {detail}"
            ),
            (
                "{compare|deneg|match|negate match|count|type|redefined|setting new|created|"
                "renewed|updated} {checked_text:text}: {detail}"
            ),
        ),
        samples=(
            "[DNSBL] 203.0.113.5 listed on dnsbl.lab.example",
            "[CLEANUP] cleaning request-cache needed 1.01 seconds",
            "[SCORE] rule=2, id=S-1, modifying score about 3 points to 5",
            "[RULES] rule: 3, id: R-3, items: ''",
            "[CACHE] cached: x",
            "Saved 3 rate items to /var/lib/postfwd/rates",
            'file "/etc/postfix/postfwd.cf" unchanged - using cached ruleset (mtime: 1)',
            "Attribute: sender=anna@partner.example",
            "match client_address:  TRUE",
        ),
        source=_SOURCE,
        constants={"severity": "info"},
    ),
    Shape(
        event="postfwd.started",
        daemons=_DAEMONS,
        template=(
            "{postfwd1|postfwd2|postfwd3|postfwd} {version} starting[ {detail}]",
            "Started {detail:text} at pid {peer_pid}",
            "ready for input",
            "{Net::DNS|VERBOSE:|NODNS:|TESTMODE:|NODAEMON:} {detail}",
            "Loaded program settings from '{file_name}'",
        ),
        samples=(
            "postfwd3 2.01 starting [daemons: cache,server]",
            "Started cache at pid 118",
            "ready for input",
            "NODNS: set - will skip all dns based checks",
            "Loaded program settings from '/etc/postfix/postfwd.settings'",
        ),
        source=_SOURCE,
    ),
    Shape(
        event="postfwd.reloaded",
        daemons=_DAEMONS,
        template=(
            "{postfwd1|postfwd2|postfwd3|postfwd} {version} reloading...",
            "catched HUP signal - {detail}",
            "{reading|read|loaded:|parsing} {detail}",
        ),
        samples=(
            "postfwd3 2.01 reloading...",
            "catched HUP signal - reloading ruleset on next request",
            "reading file /etc/postfix/postfwd.cf",
        ),
        source=_SOURCE,
    ),
    Shape(
        event="postfwd.stopped",
        daemons=_DAEMONS,
        template="{postfwd1|postfwd2|postfwd3|postfwd} {version} terminating...",
        samples=("postfwd3 2.01 terminating...",),
        source=_SOURCE,
    ),
    Shape(
        event="postfwd.rule_ignored",
        daemons=_DAEMONS,
        template=(
            "file {file_name}, ignoring line {:int}: {reason:rest}",
            'ignoring invalid {file_name} line {:int}: "{detail:rest}"',
            "Rule {:int} ({file_name} line {:int}): {reason:rest}",
            (
                "timeout after {duration_seconds}s at parsing Rule {:int} ({file_name} line"
                " {:int}): {detail}"
            ),
            "rule: {:int} got invalid answer {detail}",
            "disabling request cache due to ratelimits in configuration{detail}",
            "no rules found{detail}",
        ),
        samples=(
            "file /etc/postfix/postfwd.cf, ignoring line 7: undefined macro 'X'",
            'ignoring invalid /etc/postfix/postfwd.cf line 7: "foo"',
            "Rule 3 (/etc/postfix/postfwd.cf line 7): contains no action and will be ignored",
            'timeout after 4s at parsing Rule 3 (/etc/postfix/postfwd.cf line 7): "x"',
            "rule: 3 got invalid answer 'x' from inet:127.0.0.1:10031",
            "disabling request cache due to ratelimits in configuration",
            "no rules found",
        ),
        source=_SOURCE,
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfwd.request_refused",
        daemons=_DAEMONS,
        template=(
            "Ignoring unrecognized request type: '{detail:rest}'",
            "Ignoring garbage '{detail:rest}'",
            "Could not open socket to '{file_name}' - {reason:rest}",
            "dnsquery: timeout for {detail}",
        ),
        samples=(
            "Ignoring unrecognized request type: ''",
            "Ignoring garbage 'GET / HTTP/1.1'",
            "Could not open socket to '127.0.0.1:10031' - Connection refused",
            "dnsquery: timeout for 5.113.0.203.dnsbl.lab.example after 10 seconds",
        ),
        source=_SOURCE,
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfwd.problem_logged",
        daemons=_ALL,
        template=(
            "{severity:=warning|error|critical|notice|FATAL|ERROR}: {reason:rest}",
            "{reason:text}-daemon check failed {item_count} times - {detail}",
        ),
        samples=(
            "critical: no rules found - i feel useless (have you set -f or -r?)",
            "cache-daemon check failed 3 times - respawning in 4 seconds",
        ),
        source=_SOURCE,
    ),
    *server("postfwd", _DAEMONS[:3]),
)
