"""Declared line shapes of Milters other than ClamAV's and rspamd's: one module a program."""
