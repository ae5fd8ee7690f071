"""Dovecot's services: one module a kind of line, declarations only.

A body begins with the service that logged it; one that works for a user goes on with the user,
its process id and the session id: `imap(alice)<859><ONl8bf1gLtbGM2Qy>: ` (mail_log_prefix in
src/lib-storage/mail-storage-settings.c).
"""

SESSION = "({username})<{peer_pid}><[{session_id:word}]>: "
