"""The reason classes: what each means, what a postmaster can do about it, and a line of it.

Owns the names. What is stored of them is made anew when a rule changes, so that a class may be
split or sharpened at any time; `tracer.reasons.rules` says how each is recognised.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReasonClass:
    """One reason why mail was refused, or was not delivered.

    title: names it to people, without a full stop. advice: one line to the postmaster.
    sample: a line of it, as `program: message`.
    """

    name: str
    title: str
    advice: str
    sample: str


def _rejected(program: str, text: str, stage: str = "RCPT") -> str:
    return (
        f"postfix/{program}: NOQUEUE: reject: {stage} from out.hamster.example[203.0.113.6]:"
        f" {text}; from=<news@hamster.example> to=<alice@lab.example> proto=ESMTP"
        " helo=<out.hamster.example>"
    )


def _screened(text: str) -> str:
    return (
        f"postfix/postscreen: NOQUEUE: reject: RCPT from [203.0.113.6]:45348: {text};"
        " from=<news@hamster.example>, to=<alice@lab.example>, proto=ESMTP,"
        " helo=<out.hamster.example>"
    )


def _attempt(dsn: str, reply: str, relay: str = "none", program: str = "smtp") -> str:
    status = "deferred" if dsn.startswith("4") else "bounced"
    return (
        f"postfix/{program}: 0A19F16272B: to=<bob@remote.example>, relay={relay}, delay=0.15,"
        f" delays=0.09/0/0.01/0.05, dsn={dsn}, status={status} ({reply})"
    )


def _said(dsn: str, reply: str, command: str = "RCPT TO") -> str:
    host = "mx.remote.example[127.0.0.20]"
    return _attempt(dsn, f"host {host} said: {reply} (in reply to {command} command)", f"{host}:25")


_TABLE = (
    # -- the recipient ----------------------------------------------------------------------
    ReasonClass(
        "user_unknown",
        "No such recipient",
        "Check the address for typing errors; if it should exist, look at the tables of recipients"
        " and aliases of the server that refused it.",
        _rejected(
            "smtpd",
            "550 5.1.1 <alice@lab.example>: Recipient address rejected: User unknown in virtual"
            " mailbox table",
        ),
    ),
    ReasonClass(
        "mailbox_full",
        "Mailbox full",
        "The owner of the mailbox must delete mail or get a larger quota.",
        _said("5.2.2", "552 5.2.2 <bob@remote.example> Quota exceeded (mailbox for user is full)"),
    ),
    ReasonClass(
        "mailbox_disabled",
        "Mailbox disabled",
        "The account exists but takes no mail: reach its owner in another way, and take the address"
        " off mailing lists.",
        _said("5.2.1", "550 5.2.1 The email account that you tried to reach is disabled."),
    ),
    ReasonClass(
        "mailbox_moved",
        "Mailbox has moved",
        "Ask for the new address; the old one will not work again.",
        _attempt("5.1.6", "The mailbox has moved, no forwarding", "none", "error"),
    ),
    ReasonClass(
        "address_invalid",
        "Malformed address",
        "The address is not written as addresses are: correct it in the program or form that it"
        " comes from.",
        _rejected(
            "smtpd",
            "504 5.5.2 <news>: Sender address rejected: need fully-qualified address",
        ),
    ),
    ReasonClass(
        "address_unverified",
        "Address could not be verified yet",
        "The next hop did not answer the address probe in time: it passes at the next attempt, or"
        " look whether that hop is reachable.",
        _rejected(
            "smtpd",
            "450 4.1.1 <alice@lab.example>: Recipient address rejected: unverified address: Address"
            " verification in progress",
        ),
    ),
    ReasonClass(
        "mail_not_accepted",
        "Domain or host accepts no mail",
        "It says so itself (null MX, or a greeting that refuses everybody): there is no mailbox to"
        " reach there.",
        _attempt("5.1.0", "Domain nullmx.example does not accept mail (nullMX)"),
    ),
    # -- the sender and the client ----------------------------------------------------------
    ReasonClass(
        "sender_rejected",
        "Sender not allowed",
        "The recipient's side does not take mail of this sender, or of this sender through this"
        " server: ask its postmaster, or correct its lists of senders if it is yours.",
        _said("5.7.133", "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup", "end of DATA"),
    ),
    ReasonClass(
        "sender_login_mismatch",
        "Sender address belongs to another login",
        "The user must log in with the account that owns the sender address, or be given it in"
        " smtpd_sender_login_maps.",
        _rejected(
            "smtpd",
            "553 5.7.1 <news@hamster.example>: Sender address rejected: not owned by user bob",
        ),
    ),
    ReasonClass(
        "sender_undeliverable",
        "Sender address cannot be replied to",
        "The sender address does not exist where its mail goes: the sender must use one that does.",
        _rejected(
            "smtpd",
            "450 4.1.7 <news@hamster.example>: Sender address rejected: undeliverable address:"
            " unknown user",
        ),
    ),
    ReasonClass(
        "sender_domain_unknown",
        "Sender's domain is not in DNS",
        "The domain of the sender needs an MX or address record; if it is yours, look at your DNS"
        " and resolver.",
        _rejected(
            "smtpd",
            "450 4.1.8 <news@hamster.example>: Sender address rejected: Domain not found",
        ),
    ),
    ReasonClass(
        "client_name_unknown",
        "Client has no matching host name",
        "The client's address needs a PTR record whose name leads back to the address: its provider"
        " sets it.",
        _rejected(
            "smtpd",
            "450 4.7.25 Client host rejected: cannot find your hostname, [203.0.113.6]",
        ),
    ),
    ReasonClass(
        "helo_rejected",
        "HELO name refused",
        "The client must greet with its own fully-qualified name that is in DNS (myhostname or"
        " smtp_helo_name in Postfix).",
        _rejected(
            "smtpd",
            "504 5.5.2 <x>: Helo command rejected: need fully-qualified hostname",
        ),
    ),
    ReasonClass(
        "relay_denied",
        "Relaying denied",
        "The server is not responsible for this recipient's domain: the client must log in, or the"
        " domain be added to the server that should take it.",
        _rejected("smtpd", "554 5.7.1 <x@gmx.example>: Relay access denied"),
    ),
    # -- reputation -------------------------------------------------------------------------
    ReasonClass(
        "blocklisted",
        "On a block list",
        "If it is your own address that is listed: find what sends spam, stop it, then ask the list"
        " or the provider to remove it.",
        _rejected(
            "smtpd",
            "554 5.7.1 Service unavailable; Client host [203.0.113.6] blocked using"
            " zen.spamhaus.org; https://www.spamhaus.org/query/ip/203.0.113.6",
        ),
    ),
    ReasonClass(
        "poor_reputation",
        "Poor reputation",
        "The recipient's side has seen too much unwanted mail of your address or domain: send less,"
        " only what was asked for, and look at the provider's postmaster tools.",
        _said(
            "4.7.0",
            "421-4.7.0 Our system has detected that this message is suspicious due to the very low"
            " reputation of the sending domain.",
            "end of DATA",
        ),
    ),
    ReasonClass(
        "greylisted",
        "Greylisted",
        "Nothing to do: a real mail server tries again and gets through after the delay.",
        _rejected(
            "smtpd",
            "450 4.2.0 <alice@lab.example>: Recipient address rejected: Greylisted, see"
            " https://postgrey.example/help/lab.example.html",
        ),
    ),
    ReasonClass(
        "rate_limited",
        "Too much mail at once",
        "Send more slowly to this destination (smtp_destination_rate_delay,"
        " smtp_destination_concurrency_limit); if it is a client of yours, see whether it was"
        " broken into.",
        _said(
            "4.2.1",
            "450-4.2.1 The user you are trying to contact is receiving mail at a rate that prevents"
            " additional messages from being delivered.",
        ),
    ),
    # -- whether the sender is who it says --------------------------------------------------
    ReasonClass(
        "spf_failed",
        "SPF failed",
        "The sender's domain does not allow this server in its SPF record: add the server there, or"
        " rewrite the envelope sender (SRS) where mail is forwarded.",
        _rejected(
            "smtpd",
            "550 5.7.23 <alice@lab.example>: Recipient address rejected: Message rejected due to:"
            " SPF fail - not authorized.",
        ),
    ),
    ReasonClass(
        "dkim_failed",
        "DKIM failed",
        "The signature is missing or does not verify: look at the key in DNS, and at what changes"
        " the message after it was signed.",
        _said("5.7.20", "550 5.7.20 No passing DKIM signature found", "end of DATA"),
    ),
    ReasonClass(
        "dmarc_failed",
        "DMARC failed",
        "Neither SPF nor DKIM passed for the domain in From: sign with that domain, or send from an"
        " address of your own domain.",
        _said(
            "5.7.1",
            "550 5.7.1 Email rejected per DMARC policy for bank.example",
            "end of DATA",
        ),
    ),
    ReasonClass(
        "sender_unauthenticated",
        "Sender's domain proves nothing",
        "The recipient's side wants mail to pass SPF or DKIM: publish an SPF record and sign with"
        " DKIM.",
        _said(
            "5.7.26",
            "550-5.7.26 This mail has been blocked because the sender is unauthenticated.",
            "end of DATA",
        ),
    ),
    # -- the message ------------------------------------------------------------------------
    ReasonClass(
        "message_too_large",
        "Message too large",
        "Send a link instead of the attachment, or raise message_size_limit if the limit is yours.",
        _attempt(
            "5.3.4",
            "message size 288664 exceeds size limit 204800 of server mx.remote.example[127.0.0.20]",
            "mx.remote.example[127.0.0.20]:25",
        ),
    ),
    ReasonClass(
        "content_rejected",
        "Header or body not allowed",
        "A rule about headers, body, attachments or form refused it: if the rule is yours, see"
        " header_checks, body_checks and mime_header_checks.",
        "postfix/cleanup: E07CC162832: reject: header Subject: offer from"
        " out.hamster.example[203.0.113.6]; from=<news@hamster.example> to=<alice@lab.example>"
        " proto=ESMTP helo=<out.hamster.example>: 5.7.1 subject not allowed here",
    ),
    ReasonClass(
        "spam",
        "Taken for spam",
        "If it was wanted: look at what the filter disliked (links, wording, missing DKIM), and"
        " report it to the recipient's postmaster.",
        _said("5.7.1", "550 spam message rejected. Error code: 42.", "end of DATA"),
    ),
    ReasonClass(
        "virus",
        "Virus found",
        "Scan the machine that it came from; report a false alarm to the maker of the scanner.",
        _said("5.7.1", "552 5.7.1 virus Eicar-Test detected", "end of DATA"),
    ),
    ReasonClass(
        "policy_rejected",
        "Refused by policy",
        "A rule refused it and says no more: look at your own access maps and policy services, or"
        " ask the postmaster of the other side.",
        _rejected("smtpd", "554 5.7.1 <alice@lab.example>: Recipient address rejected: not today"),
    ),
    ReasonClass(
        "milter_rejected",
        "Refused by a Milter",
        "The Milter gives no reason here: its own lines at this time do.",
        "postfix/cleanup: 5EAA2162817: milter-reject: END-OF-MESSAGE from"
        " out.hamster.example[203.0.113.6]: 5.7.1 Command rejected; from=<news@hamster.example>"
        " to=<alice@lab.example> proto=ESMTP helo=<out.hamster.example>",
    ),
    # -- the session ------------------------------------------------------------------------
    ReasonClass(
        "tls_required",
        "TLS required",
        "One side insists on TLS that the other did not offer or use: allow TLS there, or see"
        " smtp_tls_policy_maps.",
        _attempt(
            "4.7.4",
            "TLS is required, but was not offered by host mx.remote.example[127.0.0.20]",
            "mx.remote.example[127.0.0.20]:25",
        ),
    ),
    ReasonClass(
        "tls_failed",
        "TLS could not be agreed on",
        "The handshake or the certificate failed: look at the lines about TLS before, at the"
        " certificate's names and dates, and at TLSA or MTA-STS records.",
        _attempt("4.7.5", "Server certificate not trusted", "mx.remote.example[127.0.0.20]:25"),
    ),
    ReasonClass(
        "auth_required",
        "Login required",
        "The client must log in (submission on port 587 or 465); for mail that you relay, see"
        " smtp_sasl_password_maps.",
        _said("5.7.0", "530 5.7.0 Authentication required", "MAIL FROM"),
    ),
    ReasonClass(
        "auth_failed",
        "Login failed",
        "Wrong name, password or mechanism: see smtp_sasl_password_maps and"
        " smtp_sasl_mechanism_filter.",
        _attempt(
            "4.7.8",
            "SASL authentication failed; server mx.remote.example[127.0.0.20] said: 535 5.7.8"
            " Error: authentication failed",
        ),
    ),
    ReasonClass(
        "too_many_recipients",
        "Too many recipients",
        "Send to fewer recipients at once (smtp_destination_recipient_limit).",
        _said("4.5.3", "452 4.5.3 Too many recipients"),
    ),
    ReasonClass(
        "protocol_error",
        "SMTP not spoken as it should be",
        "One side broke the protocol: a proxy or firewall in between, or a program that is no mail"
        " server, is the usual cause.",
        _said("5.5.1", "503 5.5.1 Bad sequence of commands", "MAIL FROM"),
    ),
    ReasonClass(
        "not_supported",
        "Next server lacks a needed feature",
        "The message needs SMTPUTF8, 8BITMIME or the like, which the next server does not offer: it"
        " has to be sent without, or that server updated.",
        _attempt(
            "5.6.7",
            "SMTPUTF8 is required, but was not offered by host mx.lab.example[private"
            "/dovecot-lmtp]",
            "mx.lab.example[private/dovecot-lmtp]",
            "lmtp",
        ),
    ),
    # -- postscreen -------------------------------------------------------------------------
    ReasonClass(
        "screening_retry",
        "New client told to come back",
        "Nothing to do: postscreen's tests after the greeting make each new client try again once.",
        _screened("450 4.3.2 Service currently unavailable"),
    ),
    ReasonClass(
        "screening_failed",
        "Failed a test of postscreen",
        "Bots do; the line before names the test. If it was a real server, put it on"
        " postscreen_access_list.",
        _screened("550 5.5.1 Protocol error"),
    ),
    ReasonClass(
        "denylisted",
        "On postscreen's own list",
        "postscreen_access_list denies the client: take it off there if that is wrong.",
        _screened("550 5.3.2 Service currently unavailable"),
    ),
    ReasonClass(
        "pregreet",
        "Spoke before it was greeted",
        "Bots do: nothing to do, unless a real server of a partner is concerned.",
        r"postfix/postscreen: PREGREET 26 after 0 from [203.0.113.32]:37548: EHLO x.example\r\n",
    ),
    ReasonClass(
        "pipelining",
        "Sent commands without waiting",
        "Bots do: nothing to do, unless a real server of a partner is concerned.",
        r"postfix/postscreen: COMMAND PIPELINING from [203.0.113.77]:37570 after MAIL: DATA\r\n",
    ),
    ReasonClass(
        "non_smtp_command",
        "Sent what is no SMTP command",
        "Bots and open proxies do: nothing to do.",
        "postfix/postscreen: NON-SMTP COMMAND from [203.0.113.77]:37570 after RCPT: Subject: x",
    ),
    ReasonClass(
        "bare_newline",
        "Ended lines with a bare newline",
        "Bots and home-made programs do: lines of SMTP end with CR LF.",
        r"postfix/postscreen: BARE NEWLINE from [203.0.113.77]:37570 after EHLO x\n",
    ),
    # -- the way there ----------------------------------------------------------------------
    ReasonClass(
        "host_not_found",
        "Recipient's domain or server is not in DNS",
        "Check the domain for typing errors; if it is right, its DNS has neither MX nor address"
        " record.",
        _attempt(
            "5.4.4",
            "Host or domain name not found. Name service error for name=nodomain.example type=AAAA:"
            " Host not found",
        ),
    ),
    ReasonClass(
        "dns_failed",
        "DNS did not answer",
        "Postfix tries again. If many domains are concerned, look at your resolver"
        " (/etc/resolv.conf), else at the domain's name servers.",
        _attempt(
            "4.4.3",
            "Host or domain name not found. Name service error for name=servfail.example type=MX:"
            " Host not found, try again",
        ),
    ),
    ReasonClass(
        "connection_failed",
        "No connection to the next server",
        "Postfix tries again. If many destinations are concerned, look whether your network or"
        " provider blocks port 25, else at that server.",
        _attempt("4.4.1", "connect to mx.down.example[127.0.0.40]:25: Connection refused"),
    ),
    ReasonClass(
        "lost_connection",
        "Connection broke off",
        "Postfix tries again. If it stays so: a firewall, the MTU of the path, or an overloaded"
        " server.",
        _attempt(
            "4.4.2",
            "lost connection with mx.remote.example[127.0.0.20] while sending RCPT TO",
            "mx.remote.example[127.0.0.20]:25",
        ),
    ),
    ReasonClass(
        "message_loop",
        "Mail goes in circles",
        "Follow the Received headers: an alias, a forward or an MX record leads back to a server"
        " that had the message before.",
        _attempt("5.4.6", "mail for loop.example loops back to myself"),
    ),
    ReasonClass(
        "delivery_expired",
        "Given up after trying for days",
        "The last deferral of the message says what was in the way.",
        "postfix/qmgr: 0A19F16272B: from=<bob@lab.example>, status=expired, returned to sender",
    ),
    # -- the state of a server --------------------------------------------------------------
    ReasonClass(
        "server_busy",
        "Server busy",
        "Postfix tries again. If the server is yours: more processes, less work for each message,"
        " or a larger machine.",
        _said("4.4.5", "421 4.4.5 Server busy, try again later.", "MAIL FROM"),
    ),
    ReasonClass(
        "temporarily_unavailable",
        "Temporary failure",
        "The other side asks to try again later, which Postfix does; if the side is yours, its own"
        " log says what fails.",
        _said("4.3.2", "421 4.3.2 Service shutting down"),
    ),
    ReasonClass(
        "storage_full",
        "Disk full",
        "The server that says so needs free space or inodes.",
        _rejected("smtpd", "452 4.3.1 Insufficient system storage", "MAIL"),
    ),
    ReasonClass(
        "command_failed",
        "Delivery command failed",
        "The program that pipe(8) or a |command runs failed or took too long: run it by hand as its"
        " user.",
        _attempt("4.3.0", 'Command died with signal 9: "/etc/postfix/x.sh"', "labpipe", "pipe"),
    ),
    ReasonClass(
        "configuration_error",
        "Mail server misconfigured",
        "Warnings of the same process just before the line say which parameter, table or service is"
        " wrong.",
        _attempt("5.3.5", "mail system configuration error", "local", "local"),
    ),
    ReasonClass(
        "unknown",
        "No reason that is known",
        "Read the reply itself: neither its words nor its codes say more than that it was refused.",
        _said("5.0.0", "550 No."),
    ),
)

CLASSES = {declared.name: declared for declared in _TABLE}
assert len(CLASSES) == len(_TABLE), "a reason class is declared twice"
UNKNOWN = "unknown"
