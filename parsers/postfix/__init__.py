"""What Postfix's daemons log: one module a family of daemons, declarations only.

Modules are tried in the order of their names. No line fits shapes of two, so that this decides
about speed only: what a daemon logs most belongs first.
"""
