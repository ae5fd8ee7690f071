"""Ten days of three hosts' logs: eight that are quiet, and two on which everything goes wrong.

mx and relay are those of the benchmarks; mx2 takes a message for busy.example every 20 minutes.
Each trouble begins at its own hour, so that a test can tell which insight is of which.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import takewhile

from benchmarks.generate import LINES_PER_SITUATION, traffic
from benchmarks.hosts import SECOND

FIRST = datetime.fromisoformat("2026-11-02")
BAD = FIRST + timedelta(days=8)
LAST = FIRST + timedelta(days=10)
LINES_A_DAY = 1500
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)

Line = tuple[datetime, str]
CLIENT = "unknown[198.51.100.9]"


def line(at: datetime, tag: str, body: str, host: str = "mx") -> Line:
    return at, f"{at.isoformat(timespec='milliseconds')}+00:00 {host} {tag}: {body}\n"


def quiet(seed: int, start: datetime = FIRST, end: datetime = LAST) -> Iterator[Line]:
    """What is always there."""
    rate = LINES_A_DAY / LINES_PER_SITUATION / 86_400
    begin = int(start.replace(tzinfo=UTC).timestamp()) * SECOND
    stop = int(end.replace(tzinfo=UTC).timestamp()) * SECOND
    for at, host, tag, body, _ in takewhile(lambda it: it[0] < stop, traffic(seed, begin, rate)):
        when = datetime.fromtimestamp(at / SECOND, UTC).replace(tzinfo=None)
        yield line(when, tag, body, host)


def regular(start: datetime = FIRST, end: datetime = LAST) -> Iterator[Line]:
    at = start
    while at < end:
        no_mail = BAD + 6 * HOUR <= at < BAD + 13 * HOUR
        if not no_mail and not BAD + 16 * HOUR <= at < BAD + 17 * HOUR:  # `queue_stuck`
            yield from message(
                at, f"D{int(at.replace(tzinfo=UTC).timestamp()) // 60:09X}", "mx2", "sent"
            )
        at += 20 * MINUTE


def message(
    at: datetime, queue_id: str, host: str, status: str, to: str = "bob@busy.example", **more: str
) -> Iterator[Line]:
    """From a client to the next hop. more: `login`, and `said` by the next hop."""
    login = more.get("login")
    sasl = f", sasl_method=PLAIN, sasl_username={login}" if login else ""
    yield line(at, "postfix/smtpd[1]", f"{queue_id}: client={CLIENT}{sasl}", host)
    body = f"{queue_id}: message-id=<{queue_id}.{host}@lab.example>"
    yield line(at, "postfix/cleanup[2]", body, host)
    body = (
        f"{queue_id}: from=<a@lab.example>, size=900, nrcpt={more.get('count', '1')} (queue active)"
    )
    yield line(at, "postfix/qmgr[3]", body, host)
    if status:
        yield from attempt(at, queue_id, host, status, to, more.get("said", "250 ok"))
    if status in ("sent", "bounced"):
        yield line(at, "postfix/qmgr[3]", f"{queue_id}: removed", host)


def attempt(
    at: datetime, queue_id: str, host: str, status: str, to: str, said: str
) -> Iterator[Line]:
    domain = to.partition("@")[2]
    dsn = {"sent": "2.0.0", "deferred": "4.4.1", "bounced": "5.7.1"}[status]
    body = (
        f"{queue_id}: to=<{to}>, relay=mx.{domain}[192.0.2.7]:25, delay=1, delays=0/0/0/1, "
        f"dsn={dsn}, status={status} ({said})"
    )
    yield line(at, "postfix/smtp[4]", body, host)


def destination_failing(at: datetime) -> Iterator[Line]:
    said = "connect to mx.busy.example[192.0.2.7]:25: Connection timed out"
    for n in range(40):
        yield from attempt(at + n * MINUTE, "C0FFEE1", "mx2", "deferred", "b@busy.example", said)


def blocked(at: datetime) -> Iterator[Line]:
    said = (
        "host mx.other.example[192.0.2.8] said: 554 5.7.1 Service unavailable; Client host "
        "[203.0.113.10] blocked using zen.spamhaus.org (in reply to RCPT TO command)"
    )
    for n in range(8):
        yield from message(
            at + n * MINUTE, f"B10C{n:06X}", "mx", "bounced", "x@other.example", said=said
        )


def account_sending(at: datetime) -> Iterator[Line]:
    for n in range(50):
        to = f"v{n}@victims{n}.example"
        yield from message(
            at + n * MINUTE / 2, f"AC{n:08X}", "mx", "sent", to, login="carla", count="6"
        )


def queue_growing(at: datetime) -> Iterator[Line]:
    for n in range(250):
        yield from message(at + n * MINUTE / 10, f"600D{n:06X}", "mx", "")
        yield line(at + 2 * HOUR + n * MINUTE / 10, "postfix/qmgr[3]", f"600D{n:06X}: removed")


def queue_stuck(at: datetime) -> Iterator[Line]:
    for n in range(1, 25):
        yield from message(at + n * 2 * MINUTE, f"57{n:08X}", "mx2", "")


def failed_login(at: datetime, user: str, address: str) -> Line:
    body = (
        "imap-login: Disconnected: Connection closed (auth failed, 1 attempts in 2 secs): "
        f"user=<{user}>, method=PLAIN, rip={address}, lip=203.0.113.10, TLS, session=<S{at:%H%M%S}>"
    )
    return line(at, "dovecot", body)


def password_guessed(at: datetime) -> Iterator[Line]:
    for n in range(25):
        yield failed_login(at + n * MINUTE, "dora", "198.51.100.66")
    body = (
        "imap-login: Login: user=<dora>, method=PLAIN, rip=198.51.100.66, lip=203.0.113.10, "
        "mpid=77, TLS, session=<Sx>"
    )
    yield line(at + 26 * MINUTE, "dovecot", body)


def password_guessed_slowly(at: datetime) -> Iterator[Line]:
    for n in range(24):
        yield failed_login(at + n * 90 * MINUTE, "gina", "198.51.102.7")
    body = (
        "imap-login: Login: user=<gina>, method=PLAIN, rip=198.51.102.8, lip=203.0.113.10, "
        "mpid=78, TLS, session=<Sy>"
    )
    yield line(at + 36.5 * HOUR, "dovecot", body)


def password_guessing(at: datetime) -> Iterator[Line]:
    for n in range(150):
        yield failed_login(at + n * MINUTE / 4, f"user{n}", f"198.51.100.{n}")


def spam_wave(at: datetime) -> Iterator[Line]:
    for n in range(80):
        body = (
            "spamd: result: Y 12 - BAYES_99 scantime=1.0,size=900,user=u,uid=109,"
            f"required_score=5.0,rhost=localhost,raddr=127.0.0.1,rport=4000,mid=<{n}@x>,"
            "autolearn=no"
        )
        yield line(at + n * MINUTE / 2, "spamd[5]", body)


def virus_wave(at: datetime) -> Iterator[Line]:
    for n in range(30):
        body = (
            f"Message 4F{n:08X} from <a@x.example> to <<b@lab.example>> with subject 'Invoice' "
            f"message-id '<{n}@x>' date 'Mon, 02 Nov 2026 00:00:00 +0000' infected by Eicar-Test"
        )
        yield line(at + n * MINUTE, "clamav-milter[6]", body)


def tls_failing(at: datetime) -> Iterator[Line]:
    body = 'warning: cannot get RSA certificate from file "/etc/ssl/mx.pem": disabling TLS support'
    yield line(at, "postfix/smtpd[7]", body)
    for n in range(80):
        yield line(at + n * MINUTE / 2, "postfix/smtpd[7]", f"SSL_accept error from {CLIENT}: -1")


def greylisting(at: datetime) -> Iterator[Line]:
    for n in range(12):
        body = (
            f"NOQUEUE: reject: RCPT from out{n}.pool.example[192.0.2.{n + 1}]: 450 4.2.0 "
            "<bob@lab.example>: Recipient address rejected: Greylisted, see "
            "http://postgrey.schweikert.ch/help/lab.example.html; from=<n@pool.example> "
            f"to=<bob@lab.example> proto=ESMTP helo=<out{n}.pool.example>"
        )
        yield line(at + n * 30 * MINUTE, "postfix/smtpd[8]", body)


def disk_full(at: datetime) -> Iterator[Line]:
    body = "warning: 4DDD81627E7: write queue file: No space left on device"
    yield line(at, "postfix/cleanup[9]", body)


def database_failing(at: datetime) -> Iterator[Line]:
    for n in range(6):
        body = (
            f"auth-worker({n}): Error: mysql(127.0.0.1): Connect failed to database (mail): Can't "
            "connect to MySQL server on '127.0.0.1' (111) - waiting for 5 seconds before retry"
        )
        yield line(at + n * MINUTE, "dovecot", body)


def signatures_old(at: datetime) -> Iterator[Line]:
    yield line(at, "clamd[10]", "Virus database is older than 7 days!")


def signatures_failing(at: datetime) -> Iterator[Line]:
    """It succeeds, fails every two hours, and succeeds at last."""
    for n in range(16):
        said = "Update failed." if 0 < n < 15 else "daily.cld database is up-to-date."
        yield line(at + 2 * n * HOUR, "freshclam[12]", said)


def slow_at_an_account(at: datetime) -> Iterator[Line]:
    for n in range(60):
        yield failed_login(at + n * 15 * MINUTE, "emil", f"203.0.{n % 20}.{n}")


def slow_from_a_network(at: datetime) -> Iterator[Line]:
    for n in range(60):
        yield failed_login(at + n * 15 * MINUTE, f"guest{n}", f"198.51.101.{n % 3}")


def lines_not_understood(at: datetime) -> Iterator[Line]:
    for n in range(80):
        yield line(at + n * MINUTE / 2, "postfix/smtpd[11]", f"quux {n} @@ never seen before")


# When on the bad days each begins. (`no_mail` and `log_silent` are what `regular` leaves out.)
TROUBLES: dict[Callable[[datetime], Iterator[Line]], timedelta] = {
    password_guessed_slowly: -20 * HOUR,
    slow_at_an_account: 0 * HOUR,
    signatures_failing: 5 * HOUR,
    slow_from_a_network: 10 * HOUR,
    queue_growing: 1 * HOUR,
    blocked: 2 * HOUR,
    account_sending: 3 * HOUR,
    password_guessed: 4 * HOUR,
    greylisting: 5 * HOUR,
    spam_wave: 7 * HOUR,
    virus_wave: 8 * HOUR,
    tls_failing: 9 * HOUR,
    disk_full: 10 * HOUR,
    database_failing: 11 * HOUR,
    signatures_old: 12 * HOUR,
    destination_failing: 14 * HOUR,
    queue_stuck: 16 * HOUR,
    lines_not_understood: 18 * HOUR,
    password_guessing: 20 * HOUR,
}


def text(*parts: Iterator[Line]) -> str:
    lines = [each for part in parts for each in part]
    lines.sort(key=lambda each: each[0])
    return "".join(words for _, words in lines)


def bad(seed: int) -> str:
    troubles = [trouble(BAD + after) for trouble, after in TROUBLES.items()]
    return text(quiet(seed), regular(), *troubles)
