"""Dovecot's authentication server and its workers: who was not let in, and why.

Before the colon stands `database(user,address,<session>)` (2.4: `auth(user,address,sasl:mech)
<session>: database`), where the address is missing for requests that have none. Where
auth_username_chars is empty a client may put commas and brackets into the user name, so it is
read up to the last place that fits; and a logged password, or a name that was refused for its
characters, is sought after that.
"""

from parsers.dovecot import SEVERITY
from parsers.shapes import Shape

SERVER = "{service:=auth|auth-worker}[({peer_pid})]: " + SEVERITY
WORKER = "[conn unix:{:text}: auth-worker<{:int}>: ]"
_DATABASE = SERVER + WORKER + "{detail:name}"
_CLIENT = ",{remote_address}[,master][,<{session_id:word}>]): "
_WHO = _DATABASE + "({username:rest}" + _CLIENT
_WHO_FIRST = _DATABASE + "({username}" + _CLIENT
_USER = _DATABASE + "({username:rest}): "
_REQUEST = (
    "[,sasl:{login_method:name}][,master])[<{peer_pid}>][<{session_id:word}>]"
    r"[: request \[{:int}\]]: " + SEVERITY
)
_WHO_24 = "{service:=auth|auth-worker}({username:rest},{remote_address}" + _REQUEST
_WHO_24_FIRST = "{service:=auth|auth-worker}({username},{remote_address}" + _REQUEST
_WHY = (
    "{reason:=Password mismatch|password mismatch|unknown user|User unknown|invalid credentials|"
    "User not authorized|Login attempt with empty password|User found from deny passdb|"
    "Attempted login with password having illegal chars|No password returned (and no nopassword)|"
    "Empty password returned without nopassword|nopassword set but password is non-empty|"
    "nopassword given and password is not empty|user not found from userdb|"
    "user not found from any userdbs|Username not known|username not known|Invalid username|"
    "invalid input|invalid password field|Missing username|Missing token|"
    "Missing username or token|Username or token missing|Client requested non-standard mechanism|"
    "Client requested and used channel-binding|All password databases were skipped|"
    "invalid challenge|malformed data|no initial response|no initial respone}"
)
_NEXT = "[ (for LDAP bind)][ - trying the next {passdb|userdb}]"
_GIVEN = "[ (for LDAP bind)] ({:text} password: {:rest})[ - trying the next {passdb|userdb}]"
# Reasons that go on: in the server's or another server's words, or in the client's.
_BECAUSE = (
    "{reason:=pam_acct_mgmt() failed|Authentication failure due to policy server refusal|"
    "allow_nets check failed|oauth2 failed|user not authenticated|Login failed|"
    "Invalid gs2-header in request|Invalid response payload|ntlm_auth reports broken helper|"
    "invalid NTLM request|invalid NTLM response|invalid password field|"
    "Request timed out waiting for client to continue authentication|"
    "Username+password combination too long|GSSAPI mechanism not Kerberos5}[[:] {reply}]"
)
_CHOSEN = (
    "{reason:=Username character disallowed by auth_username_chars|"
    "Attempted master login with no master passdbs|login user|User not authorized to log in as|"
    "Cross-realm authentication not supported}[:] {reply:rest}"
)

SHAPES = (
    Shape(
        event="dovecot.authentication_failed",
        daemons=("dovecot",),
        template=(
            _WHO + _WHY + _NEXT,
            _USER + _WHY + _NEXT,
            _WHO_24 + "[{detail:name}: ]" + _WHY + _NEXT,
            _WHO + "pam_authenticate() failed: {reason:rest}",
            _WHO + _BECAUSE,
            _WHO_24 + "[{detail:name}: ]" + _BECAUSE,
            _WHO_FIRST + _WHY + _GIVEN,
            _WHO_24_FIRST + "[{detail:name}: ]" + _WHY + _GIVEN,
            _WHO_FIRST + _CHOSEN,
            _WHO_24_FIRST + "[{detail:name}: ]" + _CHOSEN,
        ),
        samples=(
            "auth: passwd-file(alice,198.51.100.50,<sBp+bf1gMtbGM2Qy>): Password mismatch",
            "auth: passwd-file(alice,203.0.113.66): Password mismatch",
            "auth: passwd-file(nobody,203.0.113.66): unknown user",
            "auth: passwd-file(nosuchuser-local): unknown user",
            "auth: ldap(bob,198.51.100.50,<z+zZbf1gJJ3GM2Qy>): unknown user (for LDAP bind)",
            (
                "auth-worker(812): conn unix:auth-worker (pid=810,uid=112): auth-worker<7>: "
                "sql(bob,198.51.100.50,<z+zZbf1gJJ3GM2Qy>): unknown user"
            ),
            (
                "auth(alice,198.51.100.50,sasl:plain)<sBp+bf1gMtbGM2Qy>: passwd-file: "
                "Password mismatch"
            ),
            (
                "auth-worker(bob,198.51.100.50,sasl:plain)<812><z+zZbf1gJJ3GM2Qy>: request [7]: "
                "sql: unknown user"
            ),
            (
                "auth: pam(bob,198.51.100.50,<z+zZbf1gJJ3GM2Qy>): pam_authenticate() failed: "
                "Authentication failure (Password mismatch?)"
            ),
            (
                "auth: passwd-file(bob,198.51.100.50,<z+zZbf1gJJ3GM2Qy>): allow_nets check "
                "failed: IP 198.51.100.50 not in allowed networks"
            ),
            (
                "auth(bob,198.51.100.50,sasl:xoauth2)<z+zZbf1gJJ3GM2Qy>: oauth2: oauth2 failed: "
                "Token is not valid"
            ),
            (
                "auth: passwd-file(alice,198.51.100.50,<sBp+bf1gMtbGM2Qy>): Password mismatch "
                "(given password: hunter2)"
            ),
            (
                "auth(alice,198.51.100.50,sasl:plain)<sBp+bf1gMtbGM2Qy>: passwd-file: "
                "Password mismatch (SHA1 of given password: f3bbbd) - trying the next passdb"
            ),
            (
                "auth: login(?,198.51.100.50,<sBp+bf1gMtbGM2Qy>): Username character disallowed "
                "by auth_username_chars: 0x27 (username: o'neil)"
            ),
            (
                "auth(?,198.51.100.50,sasl:plain)<sBp+bf1gMtbGM2Qy>: Username character "
                "disallowed by auth_username_chars: 0x27 (username: o'neil)"
            ),
        ),
        source="dovecot src/auth/auth-request.c, src/auth/auth-sasl.c, src/auth/passdb-pam.c",
    ),
    Shape(
        event="dovecot.master_user_logged_in",
        daemons=("dovecot",),
        template=(
            _WHO + "Master user logging in as {sasl_username:rest}",
            _WHO_24 + "[{detail:name}: ]Master user logging in as {sasl_username:rest}",
        ),
        samples=(
            "auth: plain(admin,198.51.100.50,master,<S1>): Master user logging in as alice",
            "auth(admin,198.51.100.50,sasl:plain,master)<S1>: Master user logging in as alice",
        ),
        source="dovecot src/auth/auth-request-fields.c",
    ),
    Shape(
        event="dovecot.authentication_noted",
        daemons=("dovecot",),
        template=(
            _WHO + "{reason:=Falling back to expired data from cache|Cached NULL password access|"
            "login|anonymous login}",
            _WHO + "{reason:=Policy check action|Requested} {reply:rest}",
            _WHO_24 + "[{detail:name}: ]{reason:=Falling back to expired data from cache|"
            "Cached NULL password access|anonymous login}",
        ),
        samples=(
            "auth: sql(bob,198.51.100.50,<S1>): Falling back to expired data from cache",
            (
                "auth: passwd-file(bob,198.51.100.50,<S1>): Requested CRAM-MD5 scheme, but we "
                "have a NULL password"
            ),
            "auth(bob,198.51.100.50,sasl:anonymous)<S1>: anonymous login",
        ),
        source="dovecot src/auth/auth-request.c, passdb.c, auth-policy.c",
    ),
    Shape(
        event="dovecot.auth_requests_queued",
        daemons=("dovecot",),
        template=SERVER + "{reason:=Auth request was queued|Aborting auth request that was queued} "
        "for {duration_seconds} {seconds|secs}, {item_count} left in queue[ {detail}]",
        samples=(
            (
                "auth: Auth request was queued for 30 seconds, 12 left in queue "
                "(see auth_worker_max_count)"
            ),
        ),
        source="dovecot src/auth/auth-worker-server.c, auth-worker-connection.c (2.4)",
        constants={"severity": "warning"},
    ),
    Shape(
        event="dovecot.auth_cache_reported",
        daemons=("dovecot",),
        template=(
            SERVER + "Authentication cache {detail}",
            SERVER + "SIGHUP received, {item_count} cache entries flushed",
        ),
        samples=(
            "auth: Authentication cache hits 120/180 (66%)",
            "auth: SIGHUP received, 31 cache entries flushed",
        ),
        source="dovecot src/auth/auth-cache.c",
    ),
    Shape(
        event="dovecot.database_reconnected",
        daemons=("dovecot",),
        template="{service:name}[({peer_pid})]: "
        + SEVERITY
        + WORKER
        + "{detail:name}[({relay_host:text})]: Disconnected from database, retrying commit",
        samples=("dict(813): mysql(127.0.0.1): Disconnected from database, retrying commit",),
        source="dovecot src/lib-sql/driver-mysql.c, driver-pgsql.c",
    ),
    Shape(
        event="dovecot.database_failed",
        daemons=("dovecot",),
        template=(
            "{service:name}[({peer_pid})]: "
            + SEVERITY
            + WORKER
            + "{detail:name}({relay_host:text}): Connect failed[ to database]{:| }{reason:rest}",
            "{service:name}[({peer_pid})]: "
            + SEVERITY
            + WORKER
            + "{detail:name}[({relay_host:text})]: {reason:=Query timed out, aborting|"
            "Connection lost to LDAP server, "
            "reconnecting|Initial binding to LDAP server timed out}",
            "{service:name}[({peer_pid})]: "
            + SEVERITY
            + WORKER
            + "{detail:name}[({:text})]: {reason:=Can't connect to server}: {relay_host:rest}",
        ),
        samples=(
            (
                "auth-worker(812): mysql(127.0.0.1): Connect failed to database (mail): Can't "
                "connect to MySQL server on '127.0.0.1' (111) - waiting for 5 seconds before retry"
            ),
            "dict(813): mysql(127.0.0.1): Query timed out, aborting",
            "auth: LDAP: Can't connect to server: ldap://ldap.example.org",
        ),
        source="dovecot src/lib-sql/driver-mysql.c, driver-pgsql.c, src/auth/db-ldap.c",
        constants={"severity": "error"},
    ),
)
