"""A simulated mail server and its second host: what they log in each situation.

The bodies are those of Postfix 3.7, Dovecot 2.3, SpamAssassin 4, ClamAV 1.4, OpenDKIM 2.11,
policyd-spf and postgrey, as the real daemons wrote them; order and delays follow theirs. Nothing
here reads a clock: one seed gives one log.
"""

import base64
import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from benchmarks.hosts import SECOND, Host, Log, Process

TLS = (
    "TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519 "
    "server-signature RSA-PSS (2048 bits) server-digest SHA256"
)
MX, RELAY = "mx.lab.example", "mx.remote.example"
RELAY_HOP = f"{RELAY}[127.0.0.20]:25"
REQUEUE_SECONDS = (300, 600, 1200, 2400, 4000, 4000, 4000)  # a deferred message's retries
RULES = (
    "BAYES_00 BAYES_99 DKIM_SIGNED DKIM_VALID DKIM_VALID_AU FREEMAIL_FROM HTML_MESSAGE "
    "MIME_HTML_ONLY RCVD_IN_DNSWL_NONE RDNS_NONE SPF_HELO_NONE SPF_PASS T_SCC_BODY_TEXT_LINE "
    "URIBL_BLOCKED URIBL_DBL_SPAM"
).split()
VIRUSES = ("Eicar-Signature", "Win.Trojan.Agent-1", "Doc.Macro.Downloader-7.UNOFFICIAL")
GREYLIST = "Greylisted, see http://postgrey.schweikert.ch/help/lab.example.html"
REFUSALS = (  # of {recipient} from {sender} by smtpd; the first is the commonest
    *("550 5.1.1 <{recipient}>: Recipient address rejected: User unknown in local recipient table",)
    * 4,
    *(
        (
            "554 5.7.1 Service unavailable; Client host [{address}] blocked using "
            "zen.dnsbl.example; https://dnsbl.example/query/ip/{address}"
        ),
    )
    * 2,
    "554 5.7.1 <{recipient}>: Relay access denied",
    (
        "550 5.7.23 <{recipient}>: Recipient address rejected: Message rejected due to: SPF fail - "
        "not authorized. Please see http://www.openspf.net/Why?s=mfrom;id={sender};ip={address};"
        "r=lab.example"
    ),
    "450 4.1.8 <{sender}>: Sender address rejected: Domain not found",
    "450 4.7.1 <{helo}>: Helo command rejected: Host not found",
)
BOUNCED = (
    "550-5.1.1 The email account that you tried to reach does not exist. Please try 550-5.1.1 "
    "double-checking the recipient's email address for typos or 550 5.1.1 unnecessary spaces."
)
ACCEPTED = (  # what big receivers say when they take a message
    "250 2.0.0 OK  {seconds} {a:x}-{b:x}.{c} - gsmtp",
    (
        "250 2.6.0 {message_id} [InternalId={a}, Hostname=AM0PR04MB{c}.eurprd04.prod.example] "
        "{size} bytes in 0.{c}, {c}.7 KB/sec Queued mail for delivery"
    ),
    "250 2.0.0 Ok: queued as {a:011X}",
    "250 OK id=1tV{b:05x}-{a:011x}-2Xyz",
)


@dataclass(frozen=True, slots=True)
class Client:
    """Somebody who connects."""

    name: str
    address: str
    helo: str

    def __str__(self) -> str:
        return f"{self.name}[{self.address}]"


@dataclass(frozen=True, slots=True)
class Message:
    """One life of a queue file."""

    queue_id: str
    message_id: str
    sender: str
    size: int
    recipients: tuple[str, ...]
    born_at: int


class MailServer:
    """The two hosts and what happens on them.

    A situation is a public method that takes the time at which it begins and logs everything
    that will come of it, each line at its own time.
    """

    def __init__(self, seed: int, log: Log, *, long_ids: bool, reuse: float) -> None:
        self.rng = rng = random.Random(seed)
        self.mx = Host("mx", log, rng, long_ids=long_ids, reuse=reuse)
        self.relay = Host("relay", log, rng, long_ids=long_ids, reuse=reuse)
        self.users = [f"{_word(rng)}@lab.example" for _ in range(400)]
        self.correspondents = [f"{_word(rng)}@{_word(rng)}.example" for _ in range(4000)]
        self.domains = [f"{_word(rng)}.example" for _ in range(1500)]
        self.clients = [self._client(n) for n in range(3000)]
        self.bots = [self._bot(n) for n in range(4000)]
        self.spamd = [Process(self.mx, "spamd", self.mx.new_pid()) for _ in range(3)]

    # -- people and hosts ---------------------------------------------------------------------

    def _client(self, number: int) -> Client:
        domain = self.domains[number % len(self.domains)]
        name = f"{self.rng.choice(('mail', 'out', 'mx', 'smtp'))}{number % 7}.{domain}"
        if number % 12 == 0:
            return Client(name, f"2001:db8:{number:x}::25", name)
        net = self.rng.choice(("203.0.113", "198.51.100", "192.0.2"))
        return Client(name, f"{net}.{number % 254 + 1}", name)

    def _bot(self, number: int) -> Client:
        address = f"100.{64 + number % 64}.{number % 251}.{self.rng.randrange(1, 255)}"
        if number % 3:
            return Client("unknown", address, self.rng.choice(self.domains))
        return Client(f"host-{address.replace('.', '-')}.dyn.example", address, f"[{address}]")

    def _remote(self, recipient: str) -> str:
        """The next hop for a recipient elsewhere."""
        domain = recipient.partition("@")[2]
        number = sum(domain.encode())
        return f"mx{number % 3}.{domain}[198.51.100.{number % 254 + 1}]:25"

    def _wait(self, low: float, high: float) -> int:
        return int(self.rng.uniform(low, high) * SECOND)

    def _pause(self) -> int:
        """How long a client takes between two steps: mostly short, sometimes very long."""
        return int(min(self.rng.lognormvariate(-2.5, 1.2), 30) * SECOND)

    def _token(self, size: int) -> str:
        return base64.b64encode(self.rng.randbytes(size)).decode().rstrip("=")

    def _some(self, people: list[str], most: int) -> tuple[str, ...]:
        count = self.rng.choice((1,) * 6 + tuple(range(2, most + 1)))
        return tuple(dict.fromkeys(self.rng.choice(people) for _ in range(count)))

    # -- a message comes in -------------------------------------------------------------------

    def _born(
        self, host: Host, at: int, sender: str, recipients: tuple[str, ...], message_id: str = ""
    ) -> tuple[Message, tuple[str, ...]]:
        """A new queue file, and the tallies for the line that shows its birth."""
        rng = self.rng
        queue_id, tallies = host.new_queue_id(at)
        domain = sender.partition("@")[2]
        message_id = (
            message_id or f"<{rng.getrandbits(40):010x}.{rng.getrandbits(48):012x}@{domain}>"
        )
        size = 400 + int(min(rng.lognormvariate(9, 1.6), 30_000_000))
        return Message(queue_id, message_id, sender, size, recipients, at), tallies

    def _cleanup(self, host: Host, at: int, message: Message, *tallies: str) -> None:
        body = f"{message.queue_id}: message-id={message.message_id}"
        host.say(at, "postfix/cleanup", body, "postfix.message_id_logged", *tallies)

    def _queued(self, host: Host, at: int, message: Message) -> None:
        body = (
            f"{message.queue_id}: from=<{message.sender}>, size={message.size}, "
            f"nrcpt={len(message.recipients)} (queue active)"
        )
        host.say(at, "postfix/qmgr", body, "postfix.message_queued")

    def _connect(self, host: Host, at: int, client: Client, daemon: str) -> Process:
        smtpd = host.start(daemon, at)
        smtpd.say(at, f"connect from {client}", "postfix.client_connected")
        return smtpd

    def _disconnect(self, smtpd: Process, at: int, client: Client, counts: str) -> None:
        smtpd.say(at, f"disconnect from {client} {counts}", "postfix.client_disconnected")
        smtpd.done(at)

    def _receive(
        self,
        host: Host,
        at: int,
        client: Client,
        sender: str,
        recipients: tuple[str, ...],
        *,
        daemon: str = "postfix/smtpd",
        login: str = "",
        message_id: str = "",
        refused: str = "",
    ) -> tuple[Message, int]:
        """An SMTP session that ends with a message in the queue, and when it is there.

        login: who logs in, for submission. refused: one more recipient, whom smtpd refuses.
        """
        smtpd = self._connect(host, at, client, daemon)
        at += self._pause()
        tls = bool(login) or self.rng.random() < 0.6
        if tls:
            body = f"Anonymous TLS connection established from {client}: {TLS}"
            smtpd.say(at, body, "postfix.tls_established")
            at += self._pause()
        if host is self.mx and not login:
            self._spf(at, client, sender)
            at += self._wait(0.002, 0.05)
        message, tallies = self._born(host, at, sender, recipients, message_id)
        method = f", sasl_method=PLAIN, sasl_username={login}" if login else ""
        body = f"{message.queue_id}: client={client}{method}"
        smtpd.say(at, body, "postfix.client_assigned", *tallies)
        at += self._wait(0.001, 0.02)
        if refused:
            self._reject(smtpd, at, message.queue_id, client, sender, refused, REFUSALS[0])
        at += self._pause()
        self._cleanup(host, at, message)
        at = self._milters(host, at + self._wait(0.01, 0.2), message, sign=bool(login))
        self._queued(host, at, message)
        count, extra = len(recipients), bool(refused)
        commands = (6 if tls else 4) + count + bool(login)
        hello = f"ehlo=2 starttls=1{' auth=1' if login else ''}" if tls else "ehlo=1"
        asked, all_ = (f"/{count + 1}", f"/{commands + 1}") if extra else ("", "")
        counts = f"{hello} mail=1 rcpt={count}{asked} data=1 quit=1 commands={commands}{all_}"
        self._disconnect(smtpd, at + self._wait(0.001, 0.3), client, counts)
        return message, at

    def _spf(self, at: int, client: Client, sender: str) -> None:
        result = self.rng.choice(("Pass",) * 6 + ("None",) * 3 + ("Softfail", "Neutral"))
        body = (
            f": prepend Received-SPF: {result} (mailfrom) identity=mailfrom; "
            f"client-ip={client.address}; helo={client.helo}; envelope-from={sender}; "
            "receiver=lab.example "
        )
        self.mx.say(at, "policyd-spf", body, "policyd_spf.checked")

    def _milters(self, host: Host, at: int, message: Message, *, sign: bool) -> int:
        """OpenDKIM on both hosts, clamav-milter on the first; gives when they are done."""
        queue_id = message.queue_id
        if sign:
            body = f"{queue_id}: DKIM-Signature field added (s=mail2024, d=lab.example)"
            host.say(at, "opendkim", body, "opendkim.signature_added")
        elif self.rng.random() < 0.6:
            domain = message.sender.partition("@")[2]
            host.say(at, "opendkim", f"{queue_id}: DKIM verification successful")
            host.say(at + 30, "opendkim", f"{queue_id}: s=mail2024 d={domain} a=rsa-sha256 SSL ")
        at += self._wait(0.02, 0.2)
        if host is self.mx:
            for to in message.recipients:
                body = f"Clean message from <{message.sender}> to <<{to}>>"
                host.say(at, "clamav-milter", body, "clamav_milter.message_clean")
        return at + self._wait(0.001, 0.05)

    def _reject(
        self,
        smtpd: Process,
        at: int,
        queue_id: str,
        client: Client,
        sender: str,
        recipient: str,
        text: str,
    ) -> None:
        text = text.format(
            recipient=recipient, sender=sender, address=client.address, helo=client.helo
        )
        body = (
            f"{queue_id}: reject: RCPT from {client}: {text}; from=<{sender}> to=<{recipient}> "
            f"proto=ESMTP helo=<{client.helo}>"
        )
        smtpd.say(at, body, "postfix.rejected", "rejects")

    # -- a message goes out -------------------------------------------------------------------

    def _attempt(
        self,
        host: Host,
        at: int,
        daemon: str,
        message: Message,
        recipient: str,
        relay: str,
        outcome: str,
        *tallies: str,
        started: int = 0,
    ) -> None:
        """One recipient's delivery line. outcome: `dsn=..., status=... (...)`."""
        status = outcome.partition("status=")[2].partition(" ")[0]
        started = started or at
        parts = (
            max(started - message.born_at, 0),
            self._wait(0, 0.02),
            self._wait(0, 0.1),
            max(at - started, 0),
        )
        body = (
            f"{message.queue_id}: to=<{recipient}>, relay={relay}, delay={_delay(sum(parts))}, "
            f"delays={'/'.join(map(_delay, parts))}, {outcome}"
        )
        host.say(at, daemon, body, "postfix.delivery_attempted", f"attempts_{status}", *tallies)

    def _to_mailbox(self, at: int, message: Message, recipient: str, folder: str) -> int:
        """local(8) hands over to Dovecot's LMTP, which files the message; gives when."""
        mx = self.mx
        user = recipient.partition("@")[0]
        mx.say(at, "postfix/local", f"{message.queue_id}: passing <{recipient}> to transport=lmtp")
        started = at = at + self._wait(0.001, 0.05)
        lmtp = mx.start("lmtp", at)
        session = self._token(16)
        mx.dovecot(at, f"lmtp({lmtp.pid}): Connect from local")
        at += self._wait(0.005, 0.1)
        action = f"fileinto action: stored mail into mailbox '{folder}'"
        action = action if folder else "stored mail into mailbox 'INBOX'"
        body = f"lmtp({user})<{lmtp.pid}><{session}>: sieve: msgid={message.message_id}: {action}"
        mx.dovecot(at + self.rng.randrange(-300, 300), body, "dovecot.message_stored")
        self._attempt(
            mx,
            at,
            "postfix/lmtp",
            message,
            recipient,
            f"{MX}[private/dovecot-lmtp]",
            f"dsn=2.0.0, status=sent (250 2.0.0 <{recipient}> {session} Saved)",
            "mailbox_deliveries",
            started=started,
        )
        mx.dovecot(at + 400, f"lmtp({lmtp.pid}): Disconnect from local: Logged out (state=READY)")
        lmtp.done(at + 400)
        return at + self._wait(0.001, 0.01)

    def _to_mailboxes(self, at: int, message: Message, folder: str = "") -> None:
        ends = [
            self._to_mailbox(at + n * 20_000, message, recipient, folder)
            for n, recipient in enumerate(message.recipients)
        ]
        self.mx.removed(max(ends), message.queue_id)

    def _scan(self, at: int, message: Message, *, spam: bool) -> int:
        """Spamd looks at a message; gives when it has a verdict."""
        rng, spamd = self.rng, self.rng.choice(self.spamd)
        port, took = rng.randrange(32768, 60999), self._wait(0.1, 2.5)
        score = rng.uniform(5, 30) if spam else rng.uniform(-3, 4.9)
        spamd.say(at, f"spamd: connection from localhost [127.0.0.1]:{port} to port 783, fd 5")
        spamd.say(at + 300, "spamd: setuid to debian-spamd succeeded")
        body = f"spamd: processing message {message.message_id} for debian-spamd:109"
        spamd.say(at + 1500, body, "spamd.message_processing")
        at += took
        verdict = "identified spam" if spam else "clean message"
        body = (
            f"spamd: {verdict} ({score:.1f}/5.0) for debian-spamd:109 in {took / SECOND:.1f} "
            f"seconds, {message.size} bytes."
        )
        event = "spamd.message_identified_spam" if spam else "spamd.message_clean"
        spamd.say(at, body, event)
        body = (
            f"spamd: result: {'Y' if spam else '.'} {score:.0f} - "
            f"{','.join(sorted(rng.sample(RULES, rng.randint(1, 7))))} "
            f"scantime={took / SECOND:.1f},size={message.size},user=debian-spamd,uid=109,"
            f"required_score=5.0,rhost=localhost,raddr=127.0.0.1,rport={port},"
            f"mid={message.message_id},autolearn=no"
        )
        spamd.say(at + 50, body, "spamd.message_scored", "spam" if spam else "ham")
        if rng.random() < 0.3:
            states = rng.choice(("II", "IB", "BI"))
            self.spamd[0].say(at + 90, f"prefork: child states: {states}")
        return at

    def _through_filter(self, at: int, message: Message, *, spam: bool) -> None:
        """pipe(8) to spamc, and back in through sendmail and pickup with the same Message-ID."""
        mx, started = self.mx, at
        at = self._scan(at, message, spam=spam) + self._wait(0.02, 0.1)
        again, tallies = self._born(mx, at, message.sender, message.recipients, message.message_id)
        again = replace(again, size=message.size + 430)
        body = f"{again.queue_id}: uid=109 from=<{message.sender}>"
        mx.say(at, "postfix/pickup", body, "postfix.message_picked_up", "reinjected", *tallies)
        at += self._wait(0.001, 0.01)
        self._cleanup(mx, at, again)
        sent = "dsn=2.0.0, status=sent (delivered via spamassassin service)"
        pipe = (mx, at + 2000, "postfix/pipe", message)
        for recipient in message.recipients:
            self._attempt(*pipe, recipient, "spamassassin", sent, started=started)
        mx.removed(at + 3000, message.queue_id)
        at += self._wait(0.005, 0.05)
        self._queued(mx, at, again)
        self._to_mailboxes(at + 2000, again, "Spam" if spam else "")

    def _to_relay(self, at: int, message: Message) -> None:
        """smtp(8) hands the message to the second host, where it reaches its mailboxes."""
        mx, relay, started = self.mx, self.relay, at
        body = f"Untrusted TLS connection established to {RELAY_HOP}: {TLS}"
        mx.say(at, "postfix/smtp", body, "postfix.tls_established")
        arrived, at = self._receive(
            relay,
            at,
            Client(MX, "127.0.0.10", MX),
            message.sender,
            message.recipients,
            message_id=message.message_id,
        )
        sent = f"dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as {arrived.queue_id})"
        smtp = (mx, at + 300, "postfix/smtp", message)
        for recipient in message.recipients:
            self._attempt(*smtp, recipient, RELAY_HOP, sent, "relayed", started=started)
        mx.removed(at + 500, message.queue_id)
        virtual = (relay, at + self._wait(0.005, 0.1), "postfix/virtual", arrived)
        sent = "dsn=2.0.0, status=sent (delivered to maildir)"
        for recipient in message.recipients:
            self._attempt(*virtual, recipient, "virtual", sent, "mailbox_deliveries")
        relay.removed(virtual[1] + 900, arrived.queue_id)

    def _to_world(self, at: int, message: Message) -> None:
        """smtp(8) hands the message to hosts whose logs are not ours."""
        mx, rng, end = self.mx, self.rng, at
        for recipient in message.recipients:
            when = at + self._wait(0.2, 4)
            relay = self._remote(recipient)
            body = f"Trusted TLS connection established to {relay}: {TLS}"
            mx.say(at, "postfix/smtp", body, "postfix.tls_established")
            reply = rng.choice(ACCEPTED).format(
                seconds=when // SECOND,
                message_id=message.message_id,
                size=message.size,
                a=rng.getrandbits(44),
                b=rng.getrandbits(20),
                c=rng.randrange(100, 999),
            )
            sent = f"dsn=2.0.0, status=sent ({reply})"
            smtp = (mx, when, "postfix/smtp", message)
            self._attempt(*smtp, recipient, relay, sent, "remote_deliveries", started=at)
            end = max(end, when)
        mx.removed(end + 400, message.queue_id)

    def _bounce(self, at: int, message: Message) -> None:
        """The sender is told, and the message is gone."""
        mx = self.mx
        notice, tallies = self._born(mx, at, "", (message.sender,))
        notice = replace(
            notice,
            message_id=f"<{_utc(at):%Y%m%d%H%M%S}.{notice.queue_id}@{MX}>",
            size=message.size % 50_000 + 2400,
        )
        self._cleanup(mx, at, notice, *tallies)
        body = f"{message.queue_id}: sender non-delivery notification: {notice.queue_id}"
        mx.say(at + 800, "postfix/bounce", body, "postfix.notification_sent", "notifications")
        self._queued(mx, at + 1200, notice)
        mx.removed(at + 1400, message.queue_id)
        self._to_mailboxes(at + 2500, notice)

    def _submit(self, at: int, recipients: tuple[str, ...]) -> tuple[Message, int]:
        """Somebody of ours sends, over submission or smtps."""
        sender = self.rng.choice(self.users)
        client = Client("unknown", f"198.51.100.{self.rng.randrange(1, 255)}", "[192.168.1.23]")
        daemon = self.rng.choice(("postfix/submission/smtpd",) * 4 + ("postfix/smtps/smtpd",))
        login = sender.partition("@")[0]
        return self._receive(self.mx, at, client, sender, recipients, daemon=daemon, login=login)

    # -- situations ---------------------------------------------------------------------------

    def inbound(self, at: int) -> None:
        """Mail for mailboxes of ours, through the spam filter."""
        client, sender = self.rng.choice(self.clients), self.rng.choice(self.correspondents)
        spam = self.rng.random() < 0.15
        refused = f"gone{self.rng.randrange(900)}@lab.example" if self.rng.random() < 0.04 else ""
        to = self._some(self.users, 5)
        message, at = self._receive(self.mx, at, client, sender, to, refused=refused)
        self._through_filter(at + self._wait(0.001, 0.03), message, spam=spam)

    def inbound_unfiltered(self, at: int) -> None:
        """A mailing list that is trusted: straight to many mailboxes."""
        client, sender = self.rng.choice(self.clients), self.rng.choice(self.correspondents)
        message, at = self._receive(self.mx, at, client, sender, self._some(self.users, 12))
        self._to_mailboxes(at + self._wait(0.001, 0.03), message)

    def submission_to_relay(self, at: int) -> None:
        """Out to the second host."""
        to = tuple(user.replace("@lab.", "@remote.") for user in self._some(self.users, 3))
        message, at = self._submit(at, to)
        self._to_relay(at + self._wait(0.001, 0.03), message)

    def submission_to_world(self, at: int) -> None:
        """Out to hosts whose logs are not ours."""
        message, at = self._submit(at, self._some(self.correspondents, 6))
        self._to_world(at + self._wait(0.001, 0.03), message)

    def deferral(self, at: int) -> None:
        """The next hop does not take it: tried again until it does, or until time is up."""
        mx = self.mx
        message, at = self._submit(at, (self.rng.choice(self.correspondents),))
        recipient = message.recipients[0]
        relay = self._remote(recipient)
        hop, unreachable = relay, f"connect to {relay}: Connection timed out"
        outcome = (
            f"dsn=4.7.1, status=deferred (host {relay.partition(':')[0]} said: 450 4.7.1 "
            f"<{recipient}>: Recipient address rejected: {GREYLIST} (in reply to RCPT TO command))"
        )
        if self.rng.random() < 0.6:
            hop, outcome = "none", f"dsn=4.4.1, status=deferred ({unreachable})"
        failures = self.rng.choice((1, 1, 1, 2, 2, 3, 4, len(REQUEUE_SECONDS)))
        for attempt, pause in enumerate(REQUEUE_SECONDS[:failures]):
            if attempt:
                self._queued(mx, at - 3000, message)
            if hop == "none":
                mx.say(at, "postfix/smtp", unreachable)
            tallies = () if attempt else ("deferred_messages",)
            self._attempt(mx, at + 100, "postfix/smtp", message, recipient, hop, outcome, *tallies)
            at += pause * SECOND + self._wait(0, 60)
        if failures < len(REQUEUE_SECONDS):
            self._queued(mx, at, message)
            self._to_world(at + 3000, message)
            return
        body = f"{message.queue_id}: from=<{message.sender}>, status=expired, returned to sender"
        mx.say(at, "postfix/qmgr", body, "postfix.message_expired", "expired")
        self._bounce(at + 900, message)

    def bounce(self, at: int) -> None:
        """The next hop refuses the recipient for good."""
        message, at = self._submit(at, (self.rng.choice(self.correspondents),))
        recipient = message.recipients[0]
        relay = self._remote(recipient)
        at += self._wait(0.2, 3)
        reply = f"host {relay.partition(':')[0]} said: {BOUNCED} (in reply to RCPT TO command)"
        smtp = (self.mx, at, "postfix/smtp", message, recipient, relay)
        self._attempt(*smtp, f"dsn=5.1.1, status=bounced ({reply})", "bounced_recipients")
        self._bounce(at + 700, message)

    def forward(self, at: int) -> None:
        """An alias that points out of the house: a second queue file, same Message-ID."""
        mx, rng = self.mx, self.rng
        client, sender = rng.choice(self.clients), rng.choice(self.correspondents)
        alias, target = rng.choice(self.users), rng.choice(self.correspondents)
        message, at = self._receive(mx, at, client, sender, (alias,))
        at += self._wait(0.005, 0.05)
        child, tallies = self._born(mx, at, sender, (target,), message.message_id)
        self._cleanup(mx, at, child, "forwarded", *tallies)
        sent = f"dsn=2.0.0, status=sent (forwarded as {child.queue_id})"
        self._attempt(mx, at + 1500, "postfix/local", message, alias, "local", sent)
        self._queued(mx, at + 1700, child)
        mx.removed(at + 1900, message.queue_id)
        self._to_world(at + 4000, child)

    def virus(self, at: int) -> None:
        """clamav-milter refuses the message at its end."""
        mx, rng = self.mx, self.rng
        client, sender = rng.choice(self.bots), rng.choice(self.correspondents)
        recipient, name = rng.choice(self.users), rng.choice(VIRUSES)
        smtpd = self._connect(mx, at, client, "postfix/smtpd")
        at += self._pause()
        message, tallies = self._born(mx, at, sender, (recipient,))
        queue_id, message_id = message.queue_id, message.message_id
        smtpd.say(at, f"{queue_id}: client={client}", "postfix.client_assigned", *tallies)
        self._cleanup(mx, at + 900, message)
        at += self._wait(0.05, 0.5)
        file = f"/run/clamav/clamav-{rng.getrandbits(128):032x}.tmp (deleted)"
        mx.say(at, "clamd", f"{file}: {name} FOUND", "clamd.virus_found")
        body = (
            f"Message {queue_id} from <{sender}> to <<{recipient}>> with subject "
            f"'Invoice {rng.randrange(9999)}' message-id '{message_id}' date "
            f"'{_utc(at):%a, %d %b %Y %H:%M:%S} +0000' infected by {name}"
        )
        mx.say(at + 300, "clamav-milter", body, "clamav_milter.message_infected", "virus")
        body = (
            f"{queue_id}: milter-reject: END-OF-MESSAGE from {client}: 5.7.1 Command rejected; "
            f"from=<{sender}> to=<{recipient}> proto=ESMTP helo=<{client.helo}>"
        )
        mx.say(at + 900, "postfix/cleanup", body, "postfix.rejected", "rejects")
        counts = "ehlo=1 mail=1 rcpt=1 data=0/1 quit=1 commands=4/5"
        self._disconnect(smtpd, at + 5000, client, counts)

    def refusal(self, at: int) -> None:
        """smtpd refuses every recipient; bots try several."""
        rng = self.rng
        client, sender = rng.choice(self.bots), rng.choice(self.correspondents)
        smtpd = self._connect(self.mx, at, client, "postfix/smtpd")
        tries, text = rng.choice((1, 1, 1, 2, 3, 5, 8)), rng.choice(REFUSALS)
        for _ in range(tries):
            at += self._pause()
            nobody = f"user{rng.randrange(90_000)}@lab.example"
            recipient = nobody if text is REFUSALS[0] else rng.choice(self.users)
            self._reject(smtpd, at, "NOQUEUE", client, sender, recipient, text)
        at += self._pause()
        counts = f"ehlo=1 mail=1 rcpt=0/{tries} quit=1 commands=3/{tries + 3}"
        if rng.random() < 0.3:
            body = f"lost connection after RCPT from {client}"
            smtpd.say(at, body, "postfix.connection_lost")
            counts = f"ehlo=1 mail=1 rcpt=0/{tries} commands=2/{tries + 2}"
        self._disconnect(smtpd, at + 200, client, counts)

    def postscreen(self, at: int) -> None:
        """A bot that never gets past postscreen."""
        mx, rng, daemon = self.mx, self.rng, "postfix/postscreen"
        client, sender = rng.choice(self.bots), rng.choice(self.correspondents)
        peer = f"[{client.address}]:{rng.randrange(1025, 65000)}"
        mx.say(at, daemon, f"CONNECT from {peer} to [203.0.113.10]:25")
        if rng.random() < 0.4:
            size = len(client.helo) + 7
            body = f"PREGREET {size} after 0.09 from {peer}: EHLO {client.helo}\\r\\n"
            mx.say(at + 90_000, daemon, body)
        body = f"addr {client.address} listed by domain zen.dnsbl.example as 127.0.0.4"
        mx.say(at + 100_000, "postfix/dnsblog", body)
        at += self._wait(2, 6)
        mx.say(at, daemon, f"DNSBL rank {rng.randint(3, 9)} for {peer}")
        at += self._wait(0.1, 1)
        body = (
            f"NOQUEUE: reject: RCPT from {peer}: 550 5.7.1 Service unavailable; client "
            f"[{client.address}] blocked using zen.dnsbl.example; from=<{sender}>, "
            f"to=<{rng.choice(self.users)}>, proto=ESMTP, helo=<{client.helo}>"
        )
        mx.say(at, daemon, body, "postfix.rejected", "rejects")
        mx.say(at + 60_000, daemon, f"DISCONNECT {peer}")

    def greylisting(self, at: int) -> None:
        """Refused for now, and let in when it comes back."""
        mx, rng = self.mx, self.rng
        client, sender = rng.choice(self.clients), rng.choice(self.correspondents)
        recipient = rng.choice(self.users)
        triplet = (
            f"client_name={client.name}, client_address={client.address}, sender={sender}, "
            f"recipient={recipient}"
        )
        smtpd = self._connect(mx, at, client, "postfix/smtpd")
        at += self._pause()
        body = f"action=greylist, reason=new, {triplet}"
        mx.say(at, "postgrey", body, "postgrey.checked")
        text = f"450 4.2.0 <{{recipient}}>: Recipient address rejected: {GREYLIST}"
        self._reject(smtpd, at + 500, "NOQUEUE", client, sender, recipient, text)
        counts = "ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4"
        self._disconnect(smtpd, at + 9000, client, counts)
        pause = self._wait(310, 1800)
        at += pause
        body = f"action=pass, reason=triplet found, delay={pause // SECOND}, {triplet}"
        mx.say(at, "postgrey", body, "postgrey.checked")
        message, at = self._receive(mx, at, client, sender, (recipient,))
        self._through_filter(at + 2000, message, spam=False)

    def reading(self, at: int) -> None:
        """Somebody reads mail over IMAP, or mistypes the password."""
        mx, rng = self.mx, self.rng
        user, session = rng.choice(self.users).partition("@")[0], self._token(12)
        who = f"user=<{user}>, method=PLAIN, rip=198.51.100.{rng.randrange(1, 255)}"
        if rng.random() < 0.1:
            body = (
                "imap-login: Disconnected: Connection closed (auth failed, 1 attempts in 2 secs): "
                f"{who}, lip=203.0.113.10, TLS, session=<{session}>"
            )
            mx.dovecot(at, body, "dovecot.login_failed")
            return
        pid = mx.new_pid()
        body = f"imap-login: Login: {who}, lip=203.0.113.10, mpid={pid}, TLS, session=<{session}>"
        mx.dovecot(at, body, "dovecot.logged_in")
        body = (
            f"imap({user})<{pid}><{session}>: Disconnected: Logged out in={rng.randrange(9000)} "
            f"out={rng.randrange(900_000)} deleted={rng.randrange(3)} expunged={rng.randrange(3)} "
            f"trashed=0 hdr_count={rng.randrange(30)} hdr_bytes={rng.randrange(9000)} "
            f"body_count={rng.randrange(9)} body_bytes={rng.randrange(90_000)}"
        )
        at += int(min(rng.lognormvariate(3, 1.5), 7200) * SECOND)
        mx.dovecot(at, body, "dovecot.session_ended")

    def password_guessing(self, at: int) -> None:
        """A bot guesses at a password."""
        client, user = self.rng.choice(self.bots), self.rng.choice(self.users)
        smtpd = self._connect(self.mx, at, client, "postfix/submission/smtpd")
        at += self._pause()
        body = (
            f"warning: {client}: SASL LOGIN authentication failed: (reason unavailable), "
            f"sasl_username={user.partition('@')[0]}"
        )
        smtpd.say(at, body, "postfix.authentication_failed")
        self._disconnect(smtpd, at + 300, client, "ehlo=1 auth=0/1 quit=1 commands=2/3")

    def hanging_up(self, at: int) -> None:
        """Somebody connects and goes away."""
        client = self.rng.choice(self.bots)
        smtpd = self._connect(self.mx, at, client, "postfix/smtpd")
        at += self._pause()
        smtpd.say(at, f"lost connection after CONNECT from {client}", "postfix.connection_lost")
        self._disconnect(smtpd, at + 300, client, "commands=0/0")


def _delay(microseconds: int) -> str:
    """Seconds with two significant digits, as delay_logging_resolution_limit = 2 gives them."""
    seconds = microseconds / SECOND
    if seconds >= 10:
        return f"{seconds:.0f}"
    return f"{seconds:.2g}" if seconds >= 0.1 else f"{seconds:.2f}".rstrip("0").rstrip(".")


def _word(rng: random.Random) -> str:
    return "".join(
        rng.choice("bcdfghklmnprstvz") + rng.choice("aeiou") for _ in range(rng.randint(2, 4))
    )


def _utc(at: int) -> datetime:
    return datetime.fromtimestamp(at // SECOND, UTC)
