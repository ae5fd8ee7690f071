"""Declared line shapes of amavis (amavisd-new): one module a kind of line.

A body begins with the task's log id in round brackets, where a task is under way, and a mark where
something is wrong: `(!)` is a warning, `(!!)` an error (lib/Amavis/Log.pm). Longer lines than
`$logline_maxlen` are cut, end in `...` and go on in lines that begin with `...`. In all text amavis
doubles each backslash and writes control characters as escapes (do_log in lib/Amavis/Util.pm).
"""

TASK = "[({session_id:name}) ]"
DAEMONS = ("amavis", "amavisd", "amavisd-new")
