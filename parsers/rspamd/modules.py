"""What rspamd's modules in Lua say; each writes its file's name and line before its text."""

from parsers.rspamd import DAEMONS, TAG
from parsers.shapes import Shape

_IN_LUA = TAG + "{:host}; {component:name}:{:int}: "

SHAPES = (
    Shape(
        event="rspamd.module_reported",
        daemons=DAEMONS,
        template=(
            _IN_LUA + "{service:host}: {virus found|"
            'result - virusfound}: "{virus_name:text}[ - score: {:float}]"',
            _IN_LUA + '{action:=greylisted|whitelisted} ["]{detail:rest}',
            _IN_LUA + "{reason:=cannot connect to|"
            "got error while connecting to|error connecting to|redis error:|redis error|got error "
            "while|failed to|cannot parse|cannot process|cannot make|cannot add|invalid|bad|no "
            "redis servers are specified|no servers are specified,|no servers defined} "
            "{detail:rest}",
            _IN_LUA + "{detail:rest}",
        ),
        samples=(
            (
                '<adfb84>; lua; common.lua:110: clamav: result - virusfound: "Win.Test.EICAR_HDB-1 '
                '- score: 1"'
            ),
            (
                '<adfb84>; lua; greylist.lua:331: greylisted until "Tue, 24 Nov 2026 03:42:12 GMT",'
                " new record"
            ),
            "<adfb84>; lua; ratelimit.lua:402: cannot connect to redis: Connection refused",
            (
                "<512a21>; lua; dmarc.lua:411: skip DMARC checks as either SPF or DKIM were not "
                "checked"
            ),
        ),
        source="rspamd src/lua/lua_logger.c, src/plugins/lua/greylist.lua",
    ),
    Shape(
        event="rspamd.symbol_faulty",
        daemons=DAEMONS,
        template=TAG + "{:host}; {:name}: {reason:=symbol insertion issue|internal error|"
        "call to|cannot execute}[:] {detail:rest}",
        samples=(
            (
                "<adfb84>; proxy; lua_task_insert_result_common: symbol insertion issue: unknown "
                "symbol SENDER_REP_HAM; trace: [1]:{/usr/share/rspamd/plugins/reputation.lua:94}"
            ),
        ),
        source="rspamd src/lua/lua_task.c",
    ),
)
