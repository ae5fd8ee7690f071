"""saslauthd, Cyrus SASL's password daemon, and the PAM modules that log under its name.

User and realm are the client's choice: they are read up to the last place that fits.
"""

from parsers.shapes import Shape

_DAEMONS = ("saslauthd",)
_MAIN = "cyrus-sasl saslauthd/saslauthd-main.c"
_LOGIN = "\\[user={sasl_username:rest}\\] \\[service={service:text}\\] \\[realm={:rest}\\] "
_REMOTE = "\\[remote=[{remote_address}]\\]"
_MECHANISM = "\\[mech={login_method:name}\\]"

_FAILED = "do_auth{:text}: auth failure: " + _LOGIN
_REASON = " \\[reason={reason:rest}\\]"
_SUCCEEDED = "do_auth{:text}: auth success[ (cached)]: " + _LOGIN

SHAPES = (
    Shape(
        event="saslauthd.authentication_failed",
        daemons=_DAEMONS,
        template=(
            _FAILED + _REMOTE + " " + _MECHANISM + _REASON,
            _FAILED + _MECHANISM + _REASON,
            (
                "pam_unix({service:name}:auth): authentication failure; {:text} rhost="
                "[{remote_address:word}] [ ]user={username:rest}"
            ),
            "Authentication failed for {sasl_username:rest}: {reason:text} ({:text})",
            "pam_unix({service:name}:auth): {reason:rest}",
            "pam_{:name}({service:name}:{auth|account}): {reason:rest}",
        ),
        samples=(
            (
                "do_auth         : auth failure: [user=anna] [service=smtp] [realm=]"
                " [remote=203.0.113.5] [mech=ldap] [reason=Unknown]"
            ),
            (
                "do_auth         : auth failure: [user=anna] [service=smtp] [realm=lab.example]"
                " [mech=pam] [reason=PAM auth error]"
            ),
            (
                "pam_unix(smtp:auth): authentication failure; logname= uid=0 euid=0 tty= ruser="
                " rhost=  user=anna"
            ),
            "Authentication failed for anna/lab.example: Bind failed (-7)",
            "pam_unix(smtp:auth): check pass; user unknown",
            "pam_mysql(smtp:account): account of anna has expired",
        ),
        source=_MAIN + "; Linux-PAM modules/pam_unix/support.c",
    ),
    Shape(
        event="saslauthd.authentication_succeeded",
        daemons=_DAEMONS,
        template=(_SUCCEEDED + _REMOTE + "[ " + _MECHANISM + "]", _SUCCEEDED + _MECHANISM),
        samples=(
            (
                "do_auth         : auth success: [user=anna] [service=smtp] [realm=lab.example]"
                " [remote=203.0.113.5] [mech=pam]"
            ),
            "do_auth         : auth success: [user=anna] [service=smtp] [realm=] [mech=pam]",
        ),
        source=_MAIN,
    ),
    Shape(
        event="saslauthd.mechanism_failed",
        daemons=_DAEMONS,
        template=(
            "DEBUG: {login_method:name}: {reason:rest}",
            (
                "{login_method:=auth_krb5|auth_krb5_init|auth_rimap|auth_rimap_init|rimap_init|"
                "auth_httpform|auth_httpform_init|auth_sia|auth_shadow|saslauthd_pam_conv}[: ][ ]"
                "{reason:rest}"
            ),
            "{user|group} ldap_search_st() failed: {reason:rest}",
            "Error in saslauthd config file on line {:int}: {reason:rest}",
            "Could not open saslauthd config file: {file_name} ({reason:rest})",
            "Unable to set LDAP_{detail}",
            "{ldap_initialize|start tls|ldap_whoami_s()} failed{reason:rest}",
            (
                "{Username|Domain/Realm|Service|User DN|Authentication method} not"
                " {available|setup}{reason:rest}"
            ),
            "{ldap_sasl_interactive_bind|ldap_simple_bind}() failed {reason:rest}",
            "{reason:=Entry not found|Duplicate entries found} ({detail:rest}).",
            (
                "{filter pattern|Incomplete lookup substitution|lak_init|Your OpenLDAP API|"
                "Unknown ldap_group_match_method|Failed to set LDAP_|setpwdb:}{reason:rest}"
            ),
            "Retrying authentication",
        ),
        samples=(
            "DEBUG: auth_pam: pam_authenticate failed: Authentication failure",
            "auth_rimap: connect mx.lab.example[203.0.113.5]/imap: Connection refused",
            "user ldap_search_st() failed: Can't contact LDAP server",
            "Error in saslauthd config file on line 3: Unknown key x",
            "Could not open saslauthd config file: /etc/saslauthd.conf (No such file)",
            "Unable to set LDAP_OPT_RESTART.",
            "start tls failed (Connect error).",
            "Username not available.",
            "ldap_simple_bind() failed 49 (Invalid credentials).",
            "Entry not found (uid=anna).",
            "lak_init did not run.",
            "Retrying authentication",
        ),
        source="cyrus-sasl saslauthd/auth_pam.c, auth_rimap.c, auth_krb5.c, lak.c",
    ),
    Shape(
        event="saslauthd.daemon_reported",
        daemons=_DAEMONS,
        template=(
            "detach_tty{:text}: master pid is: {peer_pid}",
            "server_exit{:text}: master exited: {peer_pid}",
            "ipc_init{:text}: listening on socket: {file_name:rest}",
            "main{:text}: {reason:rest}",
            (
                "{stage:=ipc_init|detach_tty|server_exit|signal_setup|set_mech_option|"
                "set_auth_mech|set_max_procs|set_run_path|have_baby|handle_sigchld|do_request|"
                "ipc_loop|ipc_cleanup|get_accept_lock|rel_accept_lock|retry_writev|retry_read|"
                "cache_init|cache_lookup|cache_commit|cache_alloc_mm|cache_init_lock|"
                "cache_get_wlock|cache_get_rlock|cache_un_lock|cache_set_table_size|"
                "cache_set_timeout} {:text}: {reason:rest}"
            ),
        ),
        samples=(
            "detach_tty      : master pid is: 118",
            "server_exit     : master exited: 118",
            "ipc_init        : listening on socket: /run/saslauthd/mux",
            "main            : num_procs  : 5",
            "signal_setup    : failed to set sigaction for SIGCHLD",
        ),
        source=_MAIN + ", saslauthd/ipc_unix.c",
    ),
)
