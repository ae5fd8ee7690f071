"""Lookup tables, which any program may read: files, databases and servers of other kinds.

Keys are read up to what Postfix writes after them: clients choose many of them.
"""

from parsers.postfix import ANY, TROUBLE
from parsers.shapes import Shape

SHAPES = (
    Shape(
        event="postfix.table_changed",
        daemons=ANY,
        template=(
            "table {file_name:text} has changed -{detail:rest}",
            "redirecting {file_name:word} to {detail:word}",
        ),
        samples=(
            "redirecting hash:/etc/postfix/virtual to lmdb:/etc/postfix/virtual",
            "table hash:/etc/postfix/virtual(0,lock|fold_fix) has changed -- restarting",
        ),
        source="src/global/mail_dict.c",
    ),
    Shape(
        event="postfix.table_outdated",
        daemons=ANY,
        template="warning: database {file_name:text} is older than source file {detail:rest}",
        samples=(
            (
                "warning: database /etc/postfix/virtual.db is older than source file"
                " /etc/postfix/virtual"
            ),
        ),
        source="src/util/dict_db.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.table_unavailable",
        daemons=ANY,
        template=(
            TROUBLE + "{file_name:text} is unavailable. {reason}",
            TROUBLE + "{open|shared-lock|close|unlock|flush|finish|initialize} database"
            " {file_name:text}[ for open]: {reason}",
            TROUBLE + "unsupported {dictionary|map} type[ for this operation]: {file_name:word}"
            "[ {reason}]",
            TROUBLE + "connect to {mysql|pgsql} server {file_name:word}: {reason}",
            TROUBLE + "connect to TCP map {file_name:word}: {reason}",
            TROUBLE + "{reason:=error reading|error writing|error updating|error deleting from|"
            "error seeking} {file_name:text}: {detail}",
            TROUBLE + "dict_nis_init: NIS {reason}",
            TROUBLE + "{proxymap|proxywrite} service {reason:=is not configured} for table"
            ' "{file_name:rest}"',
            TROUBLE + "{file_name:text}: {reason:=lock dictionary|unlock dictionary|flush"
            " dictionary|unable to get exclusive lock}: {detail}",
            TROUBLE + "cannot access UNIX {file_name:=password|group} database: {reason}",
            "close database {file_name:text}: {reason:rest} (possible Berkeley DB bug)",
            TROUBLE + "{file_name:word}: {reason:=Can't open database|update failed|internal error}"
            "[: {detail}]",
            TROUBLE + "{Non-Berkeley-DB|non-Berkeley-DB} {reason}",
            TROUBLE + "{removing|cannot remove} {reason:=zero-length database file}[:]"
            " {file_name:text}[: {detail}]",
            (
                "fatal: table {file_name:text}: {action:=lookup|update|delete|sequence|close}"
                " operation {reason:=is not supported}"
            ),
        ),
        samples=(
            "close database /etc/postfix/virtual.db: No such file (possible Berkeley DB bug)",
            (
                "fatal: sqlite:/etc/postfix/users.cf: Can't open database: unable to open database"
                " file"
            ),
            "warning: Non-Berkeley-DB migration error: lookup timeout",
            "warning: removing zero-length database file: /etc/postfix/virtual.db",
            "fatal: table texthash:/etc/postfix/virtual: update operation is not supported",
            (
                "warning: hash:/etc/postfix/virtual is unavailable. open database"
                " /etc/postfix/virtual.db: No such file or directory"
            ),
            "fatal: open database /etc/aliases.db: No such file or directory",
            "fatal: unsupported dictionary type: ldap. Is the postfix-ldap package installed?",
            (
                "warning: connect to mysql server 127.0.0.1: Can't connect to MySQL server on"
                " '127.0.0.1' (111)"
            ),
            "warning: connect to TCP map tcp:127.0.0.1:10001: Connection refused",
            "fatal: error reading /etc/postfix/virtual.db: Input/output error",
            "warning: dict_nis_init: NIS domain name not set - NIS lookups disabled",
            'fatal: proxymap service is not configured for table "hash:/etc/postfix/virtual"',
            "fatal: /etc/postfix/virtual.db: lock dictionary: Resource temporarily unavailable",
            "warning: cannot access UNIX password database: Connection refused",
        ),
        source="src/util/dict_surrogate.c",
    ),
    Shape(
        event="postfix.table_lookup_failed",
        daemons=ANY,
        template=(
            TROUBLE + '{file_name:text} lookup error for "{checked_text:rest}"',
            TROUBLE + "table {file_name:text}: {action:=query|write|delete|sequence} error"
            "[: {reason}]",
            TROUBLE + "table {file_name:text} lookup error: {reason}",
            TROUBLE + "{file_name:text} {reason:=map lookup problem} for {checked_text:rest}",
            "warning: {parameter} {reason:=lookup failure}",
            (
                "warning: {file_name:text}: {reason:=table lookup error|per-site table lookup"
                " error|"
                "policy table lookup error}[ -- {detail}]"
            ),
            (
                "warning: {queue_id}: {file_name:text} {reason:=lookup error}[ for"
                " {checked_text:rest}]"
            ),
            "warning: {file_name:word}: query failed: {reason}",
            "warning: {file_name:=mysql|pgsql} query failed: {reason}",
            TROUBLE + "{file_name:=dict_ldap|dict_mysql|dict_pgsql|dict_sqlite}[{:name}]"
            "[\\[{:int}\\]]: {reason}",
            TROUBLE + "dict {file_name:=pgsql}: {reason}",
            "warning: read TCP map reply from {file_name:text}: {reason}",
            "warning: {file_name:text} socketmap server {reason}",
            TROUBLE + "database {file_name:text}: {reason:=I/O error|update failed|delete failed|"
            "data for key|first/next support}{detail:rest}",
            TROUBLE + "{proxymap|proxywrite} {action:=lookup|update|delete|open|sequence} failed"
            ' for table "{file_name:text}"[ key "{checked_text:rest}"]: {reason:=invalid request|'
            "unexpected reply status|unexpected status}[ {:int}]",
            "warning: dict_proxy_{:name}: service {file_name:word}: {reason}",
            "warning: lookup {checked_text:rest}, {NIS domain|NIS+ map} {detail}",
            "warning: {file_name:word}: expansion limit exceeded for key: '{checked_text:rest}'",
            (
                "warning: {file_name:word}: {reason:=EOF receiving memcache server"
                " reply|unexpected memcache server reply|cursor error|failed to|invalid UTF-8 in"
                " lookup result}{detail:rest}"
            ),
            (
                "warning: {file_name:text}: {detail:text}: {reason:=mynetworks lookup error} --"
                " {:rest}"
            ),
            (
                "warning: SASL auth failure map {file_name:text}: {reason:=lookup failed} for"
                " {checked_text:rest}"
            ),
        ),
        samples=(
            "warning: mongodb:/etc/postfix/x.cf: cursor error for '{}': connection closed",
            (
                "warning: smtpd_client_event_limit_exceptions: permit_mynetworks: mynetworks"
                " lookup error -- ignoring the remainder of this access list"
            ),
            (
                "warning: SASL auth failure map proxy:btree:/var/lib/postfix/a: lookup failed for"
                " x.example"
            ),
            'warning: hash:/etc/postfix/virtual lookup error for "alice@lab.example"',
            "fatal: table hash:/etc/postfix/virtual: write error: No space left on device",
            "warning: table socketmap:inet:127.0.0.1:1:x lookup error: Connection refused",
            "fatal: smtp_generic_maps map lookup problem for alice@lab.example",
            "warning: virtual_alias_domains lookup failure",
            (
                "warning: smtpd_client_restrictions: hash:/etc/postfix/x: table lookup error --"
                " ignoring the remainder of this access list"
            ),
            "warning: ADC001628E4: smtp_sasl_password_maps lookup error",
            "warning: mysql:/etc/postfix/users.cf: query failed: MySQL server has gone away",
            "warning: pgsql query failed: fatal error from host 127.0.0.1: ERROR: no such table",
            "warning: dict_ldap_lookup: Search error -1: Can't contact LDAP server ",
            (
                "warning: dict_ldap_get_values[1]: DN uid=alice,ou=people,dc=lab,dc=example not"
                " found, skipping "
            ),
            "warning: dict pgsql: (host 127.0.0.1) cannot escape input string: x",
            "warning: read TCP map reply from tcp:127.0.0.1:10001: unexpected EOF (Success)",
            "warning: socketmap:inet:127.0.0.1:1:x socketmap server temporary error: busy",
            "warning: database memcache:/etc/postfix/mc.cf: I/O error: Connection refused",
            (
                'fatal: proxymap lookup failed for table "hash:/etc/postfix/virtual" key'
                ' "alice@lab.example": invalid request'
            ),
            "warning: dict_proxy_lookup: service proxymap: Connection reset by peer",
            "warning: lookup alice, NIS domain lab, map mail.aliases: no such map",
            "warning: mongodb:/etc/postfix/x.cf: expansion limit exceeded for key: 'alice'",
        ),
        source="src/global/maps.c",
    ),
    Shape(
        event="postfix.table_resized",
        daemons=ANY,
        template=(
            "database {file_name:word}: using size limit {size_bytes} {during|after} {reason}",
            "database {file_name:word}: pausing after {reason}",
        ),
        samples=(
            "database lmdb:/var/lib/postfix/verify_cache: using size limit 33554432 during open",
            "database lmdb:/var/lib/postfix/verify_cache: pausing after MDB_READERS_FULL",
        ),
        source="src/util/dict_lmdb.c",
    ),
)
