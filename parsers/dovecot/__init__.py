"""Dovecot's services: one module a kind of line, declarations only.

A body begins with the service that logged it; one that works for a user goes on with the user,
its process id and the session id (mail_log_prefix in src/lib-storage/mail-storage-settings.c):
`imap(alice)<859><ONl8bf1gLtbGM2Qy>: ` since 2.3, `imap(alice): ` and `lmtp(859, alice): ` in 2.2.
The severity follows where it is not `info`; a log file has `Info: ` there as well.

A user name holds no brackets here: what follows it could not be told from what a sender chose.
"""

SEVERITY = "[{Info|Warning|Error|Fatal|Panic}: ]"
SESSION = "([{:int}, ]{username:account})[<{peer_pid}>][<[{session_id:word}]>]: " + SEVERITY
# A service, and the user that it works for if there is one.
ANY = (
    "{service:name}[([{:int}, ]{username:account})][<{peer_pid}>][<[{session_id:word}]>]: "
    + SEVERITY
)
SERVICES = (
    "{service:=imap-login|pop3-login|managesieve-login|submission-login|auth|auth-worker|imap|"
    "pop3|lmtp|lda|managesieve|submission|imap-hibernate|imap-urlauth|imap-urlauth-login|"
    "imap-urlauth-worker|indexer|indexer-worker|doveadm|dsync|dict|dict-async|dict-expire|"
    "dns_client|dns-client|anvil|stats|old-stats|log|config|quota-status|quota-warning|replicator|"
    "aggregator|director|ipc|ssl-params|tcpwrap|script|script-login|health-check}"
)
