"""What goes wrong in spamd and in the modules that it runs.

spamd sends its levels to syslog as priorities only: so a line's text says no severity. Each line
begins with the module that speaks, and those named here log nothing but trouble unless they are
told to debug.
"""

from parsers.shapes import Shape

_SPAMD = "spamassassin spamd/spamd.raw"
_MODULES = "spamassassin lib/Mail/SpamAssassin"

SHAPES = (
    Shape(
        event="spamd.failed",
        daemons=("spamd",),
        template=(
            "spamd: error: {reason}[, continuing]",
            (
                "spamd: {reason:=service unavailable|fatal error|restart failed|unknown order|"
                "accidental fork|cannot fork|fork|zlib read|failed to remove|failed to create|"
                "respawning server|return setuid failed|setuid to nobody failed|in paranoid mode,|"
                "still running as root!|error returned from copy_config|cannot run as nonexistent "
                "user|POSIX::setgid|POSIX::setuid|failed to set gid|failed to set effective gid|"
                "setuid to uid|cannot create temp directory|cannot chdir|cannot start new session|"
                "neither the PF_INET|unknown method|server key file|server certificate file}[:][ "
                "]{detail}"
            ),
        ),
        samples=(
            "spamd: error: Insecure dependency in open at /usr/sbin/spamd line 1, continuing",
            "spamd: service unavailable: out of memory",
            "spamd: failed to create readable default_prefs: /home/bob/.spamassassin/user_prefs",
        ),
        source=_SPAMD,
    ),
    Shape(
        event="spamd.children_troubled",
        daemons=("spamd",),
        template=(
            (
                "prefork: {reason:=select returned|syswrite|sysread|partial read of|partial write "
                "of|retrying syswrite|giving up|lost idle kids,|cannot ping|write of ping failed "
                "to|child gave short message|parent gave short message|error closing socket|"
                "unknown message from child|unknown order from parent|empty order from parent|SSL "
                "connection protocol error|child closed connection|child reported|oops! no "
                "idle}[:][ ]{detail}"
            ),
        ),
        samples=("prefork: select returned -1! recovering: Bad file descriptor",),
        source="spamassassin lib/Mail/SpamAssassin/SpamdForkScaling.pm",
    ),
    Shape(
        event="spamd.bayes_failed",
        daemons=("spamd",),
        template=(
            "bayes: cannot open bayes databases {file_name:text} R/{:=O|W}: {reason:rest}",
            "bayes: {reason:rest}",
        ),
        samples=(
            (
                "bayes: cannot open bayes databases /var/lib/spamassassin/.spamassassin/bayes_* "
                "R/W: lock failed: File exists"
            ),
            "bayes: expire_old_tokens: child processing timeout at /usr/sbin/spamd line 1313.",
        ),
        source="spamassassin lib/Mail/SpamAssassin/BayesStore/DBM.pm, BayesStore.pm",
    ),
    Shape(
        event="spamd.lock_failed",
        daemons=("spamd",),
        template="locker: {reason:rest}",
        samples=(
            (
                "locker: safe_lock: cannot create tmp lockfile "
                "/root/.spamassassin/bayes.lock.mx.example.org.514 for "
                "/root/.spamassassin/bayes.lock: Permission denied"
            ),
        ),
        source="spamassassin lib/Mail/SpamAssassin/Locker/UnixNFSSafe.pm",
    ),
    Shape(
        event="spamd.dns_failed",
        daemons=("spamd",),
        template=(
            "{component:=dns|async|dnseval|uridnsbl|askdns|asn}: {reason:rest}",
            "check: dns_block_rule {spam_rules:word} hit, creating {file_name:word}{detail}",
        ),
        samples=(
            (
                "dns: sendto() to [127.0.0.1]:53 failed: Connection refused, failing over to "
                "[192.0.2.53]:53"
            ),
            (
                "check: dns_block_rule URIBL_BLOCKED hit, creating "
                "/root/.spamassassin/dnsblock_multi.uribl.com (This means DNSBL blocked you due to "
                "too many queries. Set all affected rules score to 0, or use "
                '"dns_query_restriction deny uribl.com" to disable queries)'
            ),
        ),
        source="spamassassin lib/Mail/SpamAssassin/DnsResolver.pm, AsyncLoop.pm",
    ),
    Shape(
        event="spamd.rule_faulty",
        daemons=("spamd",),
        template=(
            "rules: failed to run {spam_rules:word} [RBL ]test, skipping:[ {detail}]",
            (
                "rules: {reason:=no eval function defined for|unknown eval|failed to compile|empty "
                "function name|bad IP address|score|meta test|regexp for|ran eval rule|error}[ "
                "]{detail}"
            ),
            (
                "{component:=replacetags|mimeheader|htmleval|pdfinfo|freemail|HashBL|eval}: "
                "{reason:rest}"
            ),
            r"rules: \[...\] {detail}",
        ),
        samples=(
            "rules: failed to run FH_DATE_PAST_20XX test, skipping:",
            "rules: failed to compile body tests, skipping:",
            "HashBL: EMAIL_BL blocklist argument missing",
            (
                'rules: [...] (Can\'t locate object method "check_x" via package '
                '"Mail::SpamAssassin::PerMsgStatus")'
            ),
        ),
        source="spamassassin lib/Mail/SpamAssassin/Plugin/Check.pm, PerMsgStatus.pm",
    ),
    Shape(
        event="spamd.plugin_failed",
        daemons=("spamd",),
        template=(
            (
                "plugin: {reason:=failed to parse plugin|failed to load plugin|failed to create "
                "instance of plugin} {file_name:word}: {detail}"
            ),
            (
                "plugin: {reason:=eval failed|illegal plugin name, not loading|illegal plugin "
                "filename, not loading}: {detail}"
            ),
            "plugin: {file_name:word} is deprecated, {detail}",
        ),
        samples=(
            "plugin: failed to parse plugin Mail::SpamAssassin::Plugin::DCC: syntax error",
            "plugin: eval failed: child processing timeout at /usr/sbin/spamd line 1313.",
            (
                "plugin: Mail::SpamAssassin::Plugin::AWL is deprecated, remove loadplugin clause "
                "from your configuration"
            ),
        ),
        source="spamassassin lib/Mail/SpamAssassin/PluginHandler.pm",
    ),
    Shape(
        event="spamd.module_failed",
        daemons=("spamd",),
        template="{component:=util|logger|netset|message|metadata|pyzor|razor2|dcc|dccifd|spf|dkim|"
        "DMARC|dmarc|TxRep|auto-welcomelist|auto-whitelist|textcat|geodb|extracttext|"
        "DecodeShortURLs|OLEVBMacro|resourcelimits|learn|ldap-connect|progress|archive-iterator|"
        "bgsend_and_start_lookup|phishing|received-header|generic|FromNameSpoof|ESP|authres}: "
        "{reason:rest}",
        samples=(
            (
                "auto-whitelist: open of auto-whitelist file failed: locker: safe_lock: cannot "
                "create tmp lockfile"
            ),
            "pyzor: check failed: internal error, python traceback seen in response",
        ),
        source=_MODULES,
    ),
)
