"""Declared line shapes of rspamd: one module a kind of line.

A body is `<tag>; module; function: text`: the tag is that of the task, session, map or
configuration that the line is about (src/libserver/logger/logger_syslog.c). rspamd sends its levels
to syslog as priorities only, so a line's text says no severity. Where rspamd writes to standard
error and systemd hands that on, its own stamp, process id and process type stand before the tag.
"""

# What stands before the module; the module; and the function, which differs between versions.
TAG = "[{:name} {:word} #{:int}({:host}) ]<[{session_id:host}]>; "
MODULE = TAG + "{component:host}; "
FUNCTION = MODULE + "{:name}: "
DAEMONS = ("rspamd",)
