"""milter-regex: what its rules refused. Its lines name client, HELO and addresses, no queue id.

All after the action is the client's choice, and stays together.
"""

from parsers.shapes import Shape

_SOURCE = "milter-regex milter-regex.c, eval.c"
_DAEMONS = ("milter-regex",)
_CLIENT = "[{client_name:word} \\[{client_address}\\]: ]"

SHAPES = (
    Shape(
        event="milter_regex.rule_matched",
        daemons=_DAEMONS,
        template=_CLIENT
        + "{action:=REJECT|TEMPFAIL|QUARANTINE|DISCARD|ACCEPT|reject|tempfail|quarantine|discard|"
        + "accept|whitelist|pass}{:| }{detail}",
        samples=(
            (
                "out.hamster.example [203.0.113.6]: REJECT: no dynamic clients, HELO: x, FROM:"
                " <a@hamster.example>, RCPT: <dave@lab.example>, From: , To: , Subject: "
            ),
        ),
        source=_SOURCE,
    ),
)
