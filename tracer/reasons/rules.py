"""How a reason class is recognised: the first rule that fits decides.

The order is the order of trust. First what Postfix itself says, at the beginning of its text and
before anything that others wrote; then enhanced status codes (RFC 3463 and IANA's registry), where
a few well-known wordings of providers that use a code for something else come before it; then
words; then what a code says in general.

Patterns are of lower-case ASCII, in what RE2 and Python's re have in common, and have no repeats
that overlap: both take linear time. What Postfix says: src/smtpd/smtpd_check.c,
src/postscreen/postscreen_smtpd.c, src/smtp/*.c, src/global/sys_exits.c. What providers say: their
postmaster pages, and replies in public logs.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """Conditions that must all hold; one that is empty always does.

    own: pattern of the text as the daemon wrote it. words: pattern of the text without addresses,
    URLs' paths and what else is quoted from elsewhere. codes: enhanced status codes, `7.23` for
    4.7.23 and 5.7.23. replies: SMTP reply codes.
    """

    reason_class: str
    events: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    replies: tuple[str, ...] = ()
    own: str = ""
    words: str = ""
    listed: bool = False  # a DNS block list is named in its own field

    @property
    def full_codes(self) -> tuple[str, ...]:
        """The codes with their class."""
        return tuple(
            full
            for code in self.codes
            for full in ([code] if code.count(".") == 2 else [f"4.{code}", f"5.{code}"])
        )


_SUSPENDED = "^(?:delivery temporarily suspended: )?"
_NOT_STORED = (
    "^(?:cannot update mailbox|maildir delivery failed|create maildir|error writing message)"
)

_POSTFIX = (
    Rule("blocklisted", listed=True),
    Rule("connection_failed", events=("postfix.connect_failed",)),
    Rule("lost_connection", events=("postfix.server_lost",)),
    Rule("message_loop", events=("postfix.loop_detected",)),
    Rule("delivery_expired", events=("postfix.message_expired",)),
    Rule("message_too_large", events=("postfix.message_too_large",)),
    Rule("pregreet", events=("postfix.screening_pregreeted",)),
    Rule("pipelining", own="^command pipelining$|^[a-z -]*rejected: improper use of smtp"),
    Rule("non_smtp_command", own="^non-smtp command$"),
    Rule("bare_newline", own="^bare newline$|^bare <lf> received"),
    Rule("protocol_error", events=("postfix.screening_violated",)),
    Rule("content_rejected", stages=("header", "body", "content", "mime-error")),
    # smtpd(8) and postscreen(8)
    Rule("screening_retry", own="^service currently unavailable$", codes=("4.3.2",)),
    Rule("denylisted", own="^service currently unavailable$", codes=("5.3.2",)),
    Rule("screening_failed", own="^protocol error$", events=("postfix.rejected",)),
    Rule("relay_denied", own="^relay access denied"),
    Rule(
        "user_unknown",
        own="^recipient address rejected: (?:user unknown|undeliverable address)"
        f"|{_SUSPENDED}(?:unknown user|user unknown)",
    ),
    Rule(
        "address_unverified",
        own="^(?:recipient|sender) address rejected: (?:unverified address|address verification)",
    ),
    Rule(
        "sender_undeliverable",
        own="^sender address rejected: (?:user unknown|undeliverable address)",
    ),
    Rule(
        "sender_domain_unknown",
        own="^sender address rejected: (?:domain not found|domain [^ ]+ does not accept mail"
        "|malformed dns|unable to (?:look up|verify))",
    ),
    Rule("sender_login_mismatch", own="^sender address rejected: not (?:owned by|logged in)"),
    Rule(
        "host_not_found",
        own="^recipient address rejected: (?:domain not found|malformed dns"
        "|unable to (?:look up|verify))",
    ),
    Rule(
        "mail_not_accepted",
        own="^recipient address rejected: domain [^ ]+ does not accept mail"
        f"|{_SUSPENDED}domain [^ ]+ does not accept mail",
    ),
    Rule(
        "address_invalid",
        own="^(?:sender|recipient) address rejected: need fully-qualified address"
        "|^bad (?:sender|recipient) address syntax|^null username",
    ),
    Rule("client_name_unknown", own="^client host rejected: cannot find your (?:reverse )?hostn"),
    Rule("helo_rejected", own="^helo command rejected: "),
    Rule("too_many_recipients", own="^data command rejected: multi-recipient bounce"),
    Rule("tls_required", own="^session encryption is required|^must issue a starttls command"),
    Rule("message_too_large", own="^message size exceeds (?:fixed|file system)"),
    Rule("storage_full", own="^insufficient system storage"),
    Rule(
        "temporarily_unavailable",
        own="^service unavailable(?: - try again later)?$|^temporary lookup (?:error|failure)"
        "|^(?:[^ ]+ )?server local (?:data )?error",
    ),
    # delivery agents
    Rule("connection_failed", own=f"{_SUSPENDED}connect to [^ ]+: "),
    Rule(
        "lost_connection",
        own=f"{_SUSPENDED}(?:lost connection with |conversation with [^ ]+ timed out)",
    ),
    Rule(
        "dns_failed",
        own=f"{_SUSPENDED}host or domain name not found\\. name service error for name=[^ ]*"
        " type=[^ ]* host not found, try again",
    ),
    Rule(
        "host_not_found",
        own=f"{_SUSPENDED}(?:host or domain name not found|name service error for "
        "|unable to look up host|unable to find primary relay|[^ ]+: host not found)",
    ),
    Rule(
        "message_loop",
        own=f"{_SUSPENDED}(?:mail for [^ ]+ loops back to myself|mail forwarding loop for "
        "|alias database loop for |:include: nesting limit|recipient nesting limit|too many hops"
        "|hopcount exceeded)",
    ),
    Rule("not_supported", own=f"{_SUSPENDED}(?:smtputf8 is required|message requires smtputf8)"),
    Rule(
        "message_too_large",
        own=f"{_SUSPENDED}message size [0-9]+ exceeds size limit|^message (?:file )?too (?:big|lar)"
        "|^queue file size limit exceeded",
    ),
    Rule("tls_required", own=f"{_SUSPENDED}tls is required, but was not offered"),
    Rule(
        "tls_failed",
        own=f"{_SUSPENDED}(?:tls is required|cannot start tls|server certificate not |tlsa lookup"
        "|client tls configuration|no tlsa records|dane |mta-sts )",
    ),
    Rule("auth_failed", own=f"{_SUSPENDED}sasl authentication failed"),
    Rule(
        "configuration_error",
        own=f"{_SUSPENDED}(?:(?:mail system|server|local) configuration error"
        "|command line usage error|cannot find alias database owner|unknown mail transport error"
        "|mail transport unavailable|address resolver failure|all network protocols are disabled"
        "|mail to (?:file|command) is restricted|destination [^ ]+ is not )",
    ),
    Rule("mailbox_full", own=_NOT_STORED, words="quota exceeded|file too large"),
    Rule("storage_full", own=_NOT_STORED, words="no space left"),
    Rule(
        "configuration_error",
        own=f"{_NOT_STORED}|^(?:cannot access home|error reading forwarding file"
        "|alias database unavailable|table lookup failure|user lookup error)",
    ),
    Rule(
        "command_failed",
        own="^command (?:died|time limit)|^(?:temporary failure|service unavailable"
        "|internal software error|system resource problem|critical os file missing"
        "|can't create user output file|input/output error|cannot open input|data format error"
        "|remote error in protocol|permission denied)(?:\\. command output|$)",
    ),
    Rule(
        "temporarily_unavailable",
        own=f"{_SUSPENDED}(?:server unavailable or unable to receive mail|local data error while"
        "|queue file write error|unable to forward message|(?:bounce|defer|trace)[a-z ]* service "
        "failure)",
    ),
)

# Wordings that come with a code which says something else.
_OVER_QUOTA = (
    "over ?quota|quota (?:is )?exceeded|exceed(?:ed|s)? (?:[a-z]+ ){0,3}quota|quota violation"
    "|(?:mailbox|inbox|account|recipient|user|storage) (?:is |storage )?full"
    "|out of storage|exceeded storage allocation|mailbox size limit|destinataire pleine"
    "|speicherplatz|not enough storage space"
)
_TOO_FAST = (
    "receiving mail (?:at a rate|too quickly)|message rate limit|rate[ -]limit|rate of unsolicited"
    "|too many (?:recent )?(?:messages|connections|mails)|concurrent connections"
    "|for the number of messages|excessive volume|unexpected volume"
    "|deferred due to user complaints|sender frequency limited|throttl|too much mail"
    "|(?:queue|sending|daily|hourly|policy|count) (?:[a-z]+ )?(?:quota|limit)"
)
_OVERRIDES = (
    Rule("rate_limited", words=_TOO_FAST, codes=(
        "0.0", "1.1", "2.1", "2.2", "3.2", "4.5", "5.3", "7.0", "7.1", "7.3", "7.28", "7.32",
    )),
    Rule("mailbox_full", words=_OVER_QUOTA, codes=("0.0", "1.1", "2.0", "2.1", "3.1", "7.1")),
    Rule("greylisted", words="gr[ea]y-?list", codes=(
        "4.0.0", "4.1.1", "4.2.0", "4.2.1", "4.3.0", "4.3.2", "4.4.5", "4.5.1", "4.7.0", "4.7.1",
    )),
    Rule("user_unknown", codes=("1.10", "4.1", "5.0", "1.4", "2.1"), words=(
        "recipientnotfound|recipient not found|recipient address rejected: access denied"
        "|recipient addresses rejected|mailbox unavailable|addressee unknown|no such user"
    )),
    Rule("dmarc_failed", words="\\bdmarc\\b", codes=("2.0", "0.2", "7.0", "7.1", "7.26")),
    Rule("tls_required", words="\\btls\\b", codes=("7.29",)),
    Rule("dkim_failed", words="\\bdkim\\b", codes=("7.30",)),
    Rule("spf_failed", words="\\bspf\\b", codes=("7.27",)),
    Rule("mailbox_disabled", words="disabled|inactiv", codes=("1.1", "5.0")),
    Rule("policy_rejected", words="policy reasons", codes=("7.9",)),
)  # fmt: skip

_CODES = (
    Rule("user_unknown", codes=("1.1", "1.4", "7.17", "1.310")),
    Rule("host_not_found", codes=("1.2", "4.4", "7.18")),
    Rule("address_invalid", codes=("1.3", "1.7")),
    Rule("mailbox_moved", codes=("1.6",)),
    Rule("sender_domain_unknown", codes=("1.8", "7.27")),
    Rule("mail_not_accepted", codes=("1.9", "1.10", "5.3.2")),
    Rule("rate_limited", codes=(
        "1.90", "2.121", "2.122", "7.28", "4.7.500", "4.7.501", "4.7.650", "4.7.651", "4.7.652",
    )),
    Rule("mailbox_disabled", codes=("5.2.1", "7.13")),
    Rule("temporarily_unavailable", codes=("4.2.1", "4.3.2")),
    Rule("mailbox_full", codes=("2.2",)),
    Rule("message_too_large", codes=("2.3", "3.4", "7.16")),
    Rule("storage_full", codes=("3.1",)),
    Rule("not_supported", codes=("3.3", "6.1", "6.3", "6.7", "6.8", "6.9", "6.10")),
    Rule("configuration_error", codes=("3.5",)),
    Rule("connection_failed", codes=("4.1",)),
    Rule("lost_connection", codes=("4.2",)),
    Rule("dns_failed", codes=("4.3",)),
    Rule("server_busy", codes=("4.5",)),
    Rule("message_loop", codes=("4.6",)),
    Rule("delivery_expired", codes=("4.7",)),
    Rule("too_many_recipients", codes=("5.3",)),
    Rule("protocol_error", codes=("5.1", "5.2", "5.4", "5.5", "5.6")),
    Rule("tls_required", codes=("7.4", "7.10", "7.11", "7.30")),
    Rule("tls_failed", codes=("7.5",)),
    Rule("auth_failed", codes=("7.6", "7.8", "7.9", "7.12")),
    Rule("auth_required", codes=("7.57",)),
    Rule("relay_denied", codes=("7.64",)),
    Rule("dkim_failed", codes=("7.20", "7.21", "7.22")),
    Rule("spf_failed", codes=("7.23", "7.24")),
    Rule("client_name_unknown", codes=("7.25",)),
    Rule("dmarc_failed", codes=("7.31", "7.32", "7.40", "7.509")),
    Rule("sender_unauthenticated", codes=("7.26", "7.29", "7.515")),
    Rule("sender_rejected", codes=(
        "7.2", "7.12", "7.124", "7.129", "7.133", "7.134", "7.135", "7.136", "7.193",
    )),
    Rule("content_rejected", codes=("6.2", "6.5", "7.512")),
    Rule("poor_reputation", codes=("7.708",)),
    Rule("blocklisted", codes=(
        "7.511", "7.513", *(f"7.{detail}" for detail in range(606, 650)),
    )),
)  # fmt: skip

_LATER = (
    "temporar|try (?:again|later)|try later|unavailable|not available|shutting down|maintenance"
    "|internal (?:server )?error|service refus|local error|lookup failure|please retry"
    "|come back later|mailbox busy|timeout|timed out|in progress|error in process"
)
_WORDS = (
    Rule("spam", words="spam or virus"),
    Rule("virus", words="\\bvirus|malware|infected|trojan|ransomware|clamav"),
    Rule("rate_limited", words=_TOO_FAST),
    Rule("mailbox_full", words=_OVER_QUOTA),
    Rule("dmarc_failed", words="\\bdmarc"),
    Rule(
        "sender_unauthenticated",
        words="unauthenticated|senders to authenticate|must pass either|authentication checks fail",
    ),
    Rule("spf_failed", words="\\bspf\\b|sender policy framework|permitted by the domain owner"),
    Rule("dkim_failed", words="\\bdkim\\b|\\bdomainkeys"),
    Rule("greylisted", words="gr[ea]y-?list"),
    Rule(
        "blocklisted",
        words="blocked using|block ?-?list|black ?-?list|deny ?list|\\blisted (?:at|in|by|on)\\b"
        "|\\brbl\\b|dnsbl|spamhaus|spamcop|uceprotect|banned sending ip|ip address (?:is )?blocked"
        "|\\bs31[45]0\\b|\\(bl\\)|\\[bl[0-9]+\\]|ip source bloquee|client host blocked"
        "|blocked - see|block(?:ed)? for spam|\\bers-|ip (?:address )?[0-9a-f.:]+ (?:is )?"
        "(?:blocked|banned|listed)|has been blacklisted",
    ),
    Rule("poor_reputation", words="reputation"),
    Rule(
        "auth_required",
        words="authentication (?:is )?required|must (?:be )?(?:authenticate|log ?in)"
        "|smtp auth|not authenticated|requires authentication|log ?in first",
    ),
    Rule(
        "auth_failed",
        words="authentication (?:failed|failure|credentials)|bad credentials"
        "|password not accepted|invalid login",
    ),
    Rule(
        "tls_required",
        words="starttls|must use tls|tls (?:is )?required|encryption (?:is )?required"
        "|encrypted connection|tls connection required",
    ),
    Rule(
        "relay_denied",
        words="relay(?:ing)? (?:access )?(?:is )?(?:denied|not |disallowed|prohibited|forbidden)"
        "|unable to relay|allowed to relay|not relay|rcpthosts|as a relay|open relay"
        "|relaying mail",
    ),
    Rule(
        "mailbox_disabled",
        words="(?:account|mailbox|user|recipient|address)(?: is| has been|:)? (?:disabled|inactive"
        "|suspended|deactivated|closed|locked|expired|discontinued|not active|not activated"
        "|blocked due)|: inactive|this account has been|disableduser|is currently inactive",
    ),
    Rule(
        "sender_domain_unknown",
        words="sender (?:address )?(?:domain )?(?:rejected: domain not|resolve|must exist"
        "|not found|does not exist|verify)|domain of sender|envelope sender domain"
        "|valid sender domain|no a, aaaa|sender has no|unresolvable|dns mx or a/aaaa",
    ),
    Rule(
        "client_name_unknown",
        words="reverse[ -](?:dns|hostname|lookup|record)|\\brdns\\b|\\bptr\\b"
        "|find your (?:reverse )?hostname|fcrdns|no host name",
    ),
    Rule(
        "helo_rejected",
        words="\\b(?:helo|ehlo) (?:command rejected|name|hostname|domain|argument|string|invalid)"
        "|(?:bad|invalid|fake|forged) (?:helo|ehlo)",
    ),
    Rule(
        "user_unknown",
        words="user (?:is )?(?:unknown|not found|doesn.t exist|does not exist|not known)"
        "|unknown (?:user|recipient|mailbox|address|account|local part|virtual)"
        "|no such (?:user|recipient|mailbox|address|person|account|id|email)"
        "|(?:mailbox|recipient|address|account|addressee)(?: is)? (?:unknown|not found|not known"
        "|does not exist|doesn.t exist|could not be found|unrecognized|unallocated|invalid)"
        "|invalid[ -](?:recipient|mailbox|user|account|address)|undeliverable address"
        "|mailbox name not allowed|not a (?:valid|known) (?:user|mailbox|email|recipient|address)"
        "|not our customer|no (?:mailbox|mail-box|mail box)|to reach does not exist"
        "|not in recipient list|no longer valid|unrouteable address|unbekannt|inconnu|sconosciut"
        "|doesn.t have (?:a|an) [^ ]+ account|recipient (?:unknown|unavailable|unrecognized)"
        "|empf.{1,2}nger|marked as invalid|can.t find (?:user|recipient|mailbox)",
    ),
    Rule(
        "mailbox_moved",
        words="has moved|no longer (?:here|with)|new address",
    ),
    Rule(
        "policy_rejected",
        words="policy|policies",
    ),
    Rule("user_unknown", words="mailbox unavailable|mailbox not available", replies=("550", "553")),
    Rule(
        "sender_rejected",
        words="sender (?:address )?(?:is )?(?:rejected|denied|blocked|not allowed|not authorized)"
        "|blocked sender|spoof|invalid sender|emetteur invalide|envelope blocked"
        "|to send (?:on behalf|as|in the name)|from (?:address )?not (?:allowed|authorized)",
    ),
    Rule(
        "message_too_large",
        words="message (?:is )?too (?:large|big|long)|exceed(?:s|ed)? (?:[a-z]+ ){0,3}size"
        "|size (?:limit|exceeds)|maximum (?:message )?size|message exceed|mail is too big",
    ),
    Rule("too_many_recipients", words="too many recipients|too much recipients"),
    Rule(
        "message_loop",
        words="too many hops|hop ?count|maximum hop|mail ?loop|routing loop|loop detected",
    ),
    Rule(
        "spam",
        words="spam|gtube|unsolicited|junk|bulk mail|phish|suspicious|looks like uce",
    ),
    Rule(
        "content_rejected",
        words="attachment|banned content|\\bbanned: |bad-header"
        "|content (?:reject|denied|policy|not)"
        "|\\bheaders?\\b|not rfc|rfc ?5322|message-id|message filtered|url in |malformed message",
    ),
    Rule(
        "server_busy",
        words="(?:server|system|too) busy|system load|overload|system resources"
        "|resources temporarily|too many (?:sessions|processes)|ports are busy|load too high",
    ),
    Rule(
        "storage_full",
        words="system storage|disk space|no space left|disk full|out of disk|insufficient storage",
    ),
    Rule(
        "mail_not_accepted",
        words="(?:does|do) not accept mail|not accepting|no smtp service|null ?mx",
    ),
    Rule(
        "protocol_error",
        words="syntax error|bad sequence|command (?:not|unrecognized|rejected)|unrecognized command"
        "|protocol (?:error|violation)|pipelin|line too long|synchronization",
        replies=("500", "501", "502", "503", "504", "550", "554", "421", "521"),
    ),
    Rule("milter_rejected", own="^command rejected$", actions=("milter-reject",)),
    Rule(
        "temporarily_unavailable",
        words=_LATER,
        replies=("421", "430", "450", "451", "452", "454"),
    ),
    Rule("temporarily_unavailable", words=_LATER, codes=("4.0.0", "4.2.0", "4.7.0", "4.7.1")),
    Rule(
        "policy_rejected",
        words="prohibit|not allowed|denied|refused|rejected|rejecting|\\bblocked|not accepted"
        "|not wanted|forbidden|restrict|not permitted|go away|banned|unwelcome|problem occurred",
    ),
)

# What codes say in general: the subject of the enhanced code, then the reply code.
_GENERAL = (
    Rule("milter_rejected", actions=("milter-reject", "proxy-reject")),
    Rule("user_unknown", codes=("1.0", "1.5")),
    Rule("policy_rejected", codes=tuple(f"7.{detail}" for detail in (0, 1, 3, 7, 14, 15, 19))),
    Rule("mailbox_disabled", codes=("5.2.0", "5.2.4")),
    Rule("temporarily_unavailable", codes=("4.2.0", "4.2.4", "4.3.0")),
    Rule("connection_failed", codes=("4.0",)),
    Rule("protocol_error", codes=("5.0",)),
    Rule("content_rejected", codes=("6.0", "6.4", "6.6")),
    Rule("configuration_error", codes=("5.3.0",)),
    Rule("temporarily_unavailable", replies=("421", "430", "432", "450", "451")),
    Rule("storage_full", replies=("452",)),
    Rule("protocol_error", replies=("500", "501", "502", "503", "504", "555")),
    Rule("auth_failed", replies=("454", "535")),
    Rule("auth_required", replies=("530",)),
    Rule("tls_required", replies=("523", "538")),
    Rule("mail_not_accepted", replies=("521", "556")),
    Rule("relay_denied", replies=("551",)),
    Rule("mailbox_full", replies=("552",)),
    Rule("address_invalid", replies=("553",)),
)

RULES = (*_POSTFIX, *_OVERRIDES, *_CODES, *_WORDS, *_GENERAL)
