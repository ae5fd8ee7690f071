"""What Postfix's daemons log: one module a family of daemons, declarations only.

Modules are tried in the order of their names. No line fits shapes of two, so that this decides
about speed only: what a daemon logs most belongs first. Only the catch-alls of warnings.py fit
what others fit too; they are declared last, for `postfix/*`, which is tried after all others.
"""

# What the common library logs, so that any program may. proxymap(8) stands for them all: it does
# little else, and the shapes of one daemon are held against each other (tests/parsers/test_shapes).
ANY = ("postfix/proxymap", "postfix/*")

# What went wrong, as src/util/msg.c marks it.
TROUBLE = "{severity:=warning|error|fatal|panic}: "
