"""Dovecot's authentication server and its workers: who was not let in, and why.

Before the colon stands `database(user,address,<session>)` (2.4: `auth(user,address,sasl:mech)
<session>: database`), where the address is missing for requests that have none. Where
auth_username_chars is empty a client may put commas and brackets into the user name, so it is
read up to the last place that fits; and a logged password is sought after that.
"""

from parsers.shapes import Shape

_SERVER = "{service:=auth|auth-worker}[({peer_pid})]: "
_WORKER = "[conn unix:{:text}: auth-worker<{:int}>: ]"
_WHO = "{detail:name}({username:rest},{remote_address}[,master],<{session_id:word}>): "
_WHY = (
    "{reason:=Password mismatch|unknown user|invalid credentials|User not authorized|"
    "Login attempt with empty password|User found from deny passdb}"
)

SHAPES = (
    Shape(
        event="dovecot.authentication_failed",
        daemons=("dovecot",),
        template=(
            _SERVER + _WORKER + _WHO + _WHY,
            _SERVER + _WORKER + "{detail:name}({username:rest},{remote_address}[,master]): " + _WHY,
            _SERVER + _WORKER + "{detail:name}({username:rest}): " + _WHY,
            "{service:=auth|auth-worker}({username:rest},{remote_address}"
            "[,sasl:{login_method:name}][,master])[<{session_id:word}>]: {detail:name}: " + _WHY,
            _SERVER + _WORKER + _WHO + "pam_authenticate() failed: {reason:rest}",
            _SERVER
            + _WORKER
            + "{detail:name}({username},{remote_address}[,master],<{session_id:word}>): "
            + _WHY
            + " ({:text} password: {:rest})",
        ),
        samples=(
            "auth: passwd-file(alice,198.51.100.50,<sBp+bf1gMtbGM2Qy>): Password mismatch",
            "auth: passwd-file(alice,203.0.113.66): Password mismatch",
            "auth: passwd-file(nobody,203.0.113.66): unknown user",
            "auth: passwd-file(nosuchuser-local): unknown user",
            (
                "auth-worker(812): conn unix:auth-worker (pid=810,uid=112): auth-worker<7>: "
                "sql(bob,198.51.100.50,<z+zZbf1gJJ3GM2Qy>): unknown user"
            ),
            (
                "auth(alice,198.51.100.50,sasl:plain)<sBp+bf1gMtbGM2Qy>: passwd-file: "
                "Password mismatch"
            ),
            (
                "auth: pam(bob,198.51.100.50,<z+zZbf1gJJ3GM2Qy>): pam_authenticate() failed: "
                "Authentication failure (Password mismatch?)"
            ),
            (
                "auth: passwd-file(alice,198.51.100.50,<sBp+bf1gMtbGM2Qy>): Password mismatch "
                "(given password: hunter2)"
            ),
        ),
        source="dovecot src/auth/auth-request.c, src/auth/passdb-pam.c",
    ),
)
