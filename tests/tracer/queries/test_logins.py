"""Logins, good and failed, and what they give reason to look at."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from tracer.queries import logins
from tracer.queries.logins import Guessed, InClear, Unusual
from tracer.queries.overview import Range
from tracer.store import open_reader

DAY = Range(datetime(2026, 3, 1), datetime(2026, 3, 2))  # noqa: DTZ001 - naive UTC, as in the store


def failed(minute: int, user: str, address: str = "192.0.2.1") -> str:
    return (
        f"2026-03-01T10:{minute:02}:00+00:00 mx postfix/smtpd[1]: warning: x.example[{address}]:"
        f" SASL LOGIN authentication failed: (reason unavailable), sasl_username={user}\n"
    )


def sent(minute: int, user: str, address: str = "192.0.2.1") -> str:
    return (
        f"2026-03-01T10:{minute:02}:30+00:00 mx postfix/smtpd[1]: 0A19F162{minute:02}B:"
        f" client=x.example[{address}], sasl_method=LOGIN, sasl_username={user}\n"
    )


def imap(minute: int, user: str, how: str) -> str:
    return (
        f"2026-03-01T10:{minute:02}:40+00:00 mx dovecot: imap-login: Login: user=<{user}>,"
        f" method=PLAIN, rip=198.51.100.9, lip=203.0.113.1, mpid=4,{how} session=<abc>\n"
    )


IMAP_FAILED = (
    "2026-03-01T10:50:00+00:00 mx dovecot: imap-login: Disconnected: Connection closed (auth"
    " failed, 3 attempts in 4 secs): user=<erin>, method=PLAIN, rip=198.51.100.9,"
    " lip=203.0.113.1, session=<abd>\n"
)


def test_logins_are_told_by_service_user_and_address(store_of: Callable[[str], Path]) -> None:
    repeated = failed(2, "bob").replace("[1]: ", "[1]: message repeated 4 times: [ ", 1)
    log = failed(1, "bob") + repeated.replace("\n", "]\n") + sent(3, "carol") + IMAP_FAILED
    log += imap(51, "erin", " TLS,")
    with open_reader(store_of(log)) as reader:
        found = logins.logged_in(reader, DAY, zone="Asia/Kolkata")
    assert [(t.value, t.good, t.failed) for t in found.by["service"]] == [
        ("smtp", 1, 5), ("imap", 1, 3),
    ]  # fmt: skip
    assert [(t.value, t.good, t.failed, t.others) for t in found.by["user"]] == [
        ("bob", 0, 5, 1), ("erin", 1, 3, 1), ("carol", 1, 0, 1),
    ]  # fmt: skip
    addresses = [
        (t.value, t.good, t.failed, t.others, t.failed_others) for t in found.by["address"]
    ]
    assert addresses == [("192.0.2.1", 1, 5, 2, 1), ("198.51.100.9", 1, 3, 1, 1)]
    assert found.reasons == {"(reason unavailable)": 5, "auth failed": 3}
    counts = {f"{b.begins_at:%H:%M}": dict(b.counts) for b in found.series}
    assert counts == {"15:30": {"failed": 5, "good": 1}, "16:15": {"failed": 3, "good": 1}}
    assert [line.text for line in found.lines] == [log.splitlines()[n] for n in (3, 1, 0)]


def test_who_guesses_is_suspected(store_of: Callable[[str], Path]) -> None:
    log = "".join(
        (
            *(failed(n, "much", "192.0.2.1") for n in range(5)),
            *(failed(n, name, "192.0.2.2") for n, name in enumerate("abc")),
            *(failed(n, "hunted", f"192.0.2.1{n}") for n in range(3)),
            *(failed(n, "clumsy", "192.0.2.3") for n in range(4)),
            *(failed(n, name, "192.0.2.4") for n, name in enumerate("defghi")),  # an office
            *(sent(n, "d", "192.0.2.4") for n in range(6)),
            *(failed(n, name, "192.0.2.5") for n, name in enumerate("jklmnopqrs")),
            *(sent(n, "j", "192.0.2.5") for n in range(20)),
        )
    )
    with open_reader(store_of(log)) as reader:
        suspects = logins.logged_in(reader, DAY).suspects
    assert [s.value for s in suspects["address"]] == ["192.0.2.5", "192.0.2.1", "192.0.2.2"]
    assert [s.value for s in suspects["user"]] == ["much", "hunted"]


def test_a_login_after_many_failures_is_told(store_of: Callable[[str], Path]) -> None:
    log = "".join(
        (
            *(failed(n, "abc"[n % 3], "192.0.2.1") for n in range(5)),
            *(failed(n + 5, "hunted", f"192.0.2.1{n}") for n in range(5)),
            sent(11, "alice", "192.0.2.1"),
            sent(12, "alice", "192.0.2.1"),
            sent(13, "hunted", "192.0.2.99"),
            sent(14, "alice", "192.0.2.98"),
            sent(0, "early", "192.0.2.1"),  # as there are no failures yet
        )
    )
    with open_reader(store_of(log)) as reader:
        found = logins.logged_in(reader, DAY).guessed
    ten = DAY.start + timedelta(hours=10, seconds=30)
    assert found == [
        Guessed(ten + timedelta(minutes=13), "smtp", "hunted", "192.0.2.99", 0, 5),
        Guessed(ten + timedelta(minutes=11), "smtp", "alice", "192.0.2.1", 5, 0),
    ]


def test_logins_without_tls_are_told(store_of: Callable[[str], Path]) -> None:
    log = imap(1, "open", "") + imap(2, "open", "") + imap(3, "safe", " TLS,")
    log += imap(4, "near", " secured,") + sent(5, "smtp")
    with open_reader(store_of(log)) as reader:
        found = logins.logged_in(reader, DAY).in_clear
    last_at = DAY.start + timedelta(hours=10, minutes=2, seconds=40)
    assert found == [InClear("open", "198.51.100.9", "imap", 2, last_at)]


def test_nothing_is_told_of_other_times_and_hosts(store_of: Callable[[str], Path]) -> None:
    with open_reader(store_of(failed(1, "a") + sent(2, "b"))) as reader:
        for span, host in ((DAY.before, None), (DAY, "other")):
            found = logins.logged_in(reader, span, host)
            assert not found.series
            assert not found.by["user"]
            assert not found.lines
        assert logins.logged_in(reader, DAY, "mx").series


def good(day: int, user: str, address: str, hour: int = 9, service: str = "imap") -> str:
    return (
        f"2026-02-{day:02}T{hour:02}:00:00+00:00 mx dovecot: {service}-login: Login: user=<{user}>,"
        f" method=PLAIN, rip={address}, lip=203.0.113.1, mpid=4, TLS, session=<abc>\n"
    )


HOME, TRAVEL = "192.0.2.1", "198.51.100.9"
AT = Range(datetime(2026, 2, 20), datetime(2026, 2, 21))  # noqa: DTZ001 - naive UTC, as in the store


def unusual(store: Path, span: Range = AT, host: str | None = None) -> list[tuple[str, str]]:
    with open_reader(store) as reader:
        found = logins.logged_in(reader, span, host).unusual
    return [(u.username, u.address) for u in found]


def test_a_login_from_a_new_network_is_told(store_of: Callable[[str], Path]) -> None:
    log = "".join(
        (
            *(good(day, "anna", f"192.0.2.{day}") for day in (10, 12, 13)),
            good(13, "anna", "203.0.113.77"),
            good(20, "anna", HOME),
            good(20, "anna", "2001:db8:7::1", 10, "pop3"),
            good(20, "anna", "2001:db8:7:8::2", 11),  # of the same /48
            good(20, "anna", TRAVEL, 12),
            good(21, "anna", "203.0.113.200"),
        )
    )
    store = store_of(log)
    with open_reader(store) as reader:
        found = logins.logged_in(reader, AT).unusual
    ten = AT.start + timedelta(hours=10)
    assert found == [
        Unusual(ten + timedelta(hours=2), "imap", "anna", TRAVEL, 3, 2),
        Unusual(ten, "pop3", "anna", "2001:db8:7::1", 3, 2),
    ]
    wide = Range(datetime(2026, 2, 1), AT.end)  # noqa: DTZ001 - naive UTC, as in the store
    assert [address for _, address in unusual(store, wide)] == [TRAVEL, "2001:db8:7::1"]
    assert unusual(store, AT, "other") == []
    assert unusual(store, Range(AT.end, AT.end + timedelta(days=1))) == []


def test_of_who_is_new_or_always_on_the_way_nothing_is_unusual(
    store_of: Callable[[str], Path],
) -> None:
    log = "".join(
        (
            *(good(day, "new", HOME) for day in (18, 19)),
            *(good(day, "traveller", f"10.0.{day}.1") for day in range(10, 16)),
            *(good(day, "settled", f"10.0.{day}.1") for day in range(10, 15)),
            *(good(20, user, TRAVEL) for user in ("new", "traveller", "settled", "unknown")),
        )
    )
    assert unusual(store_of(log)) == [("settled", TRAVEL)]


def test_what_was_usual_long_ago_is_so_no_more(store_of: Callable[[str], Path]) -> None:
    log = good(1, "anna", TRAVEL) + "".join(good(day, "anna", HOME) for day in (15, 16, 17))
    march = [good(20, "anna", TRAVEL).replace("2026-02-20", f"2026-03-{day:02}") for day in (3, 4)]
    store = store_of(log + "".join(march))
    march_3 = datetime(2026, 3, 3)  # noqa: DTZ001 - naive UTC, as in the store
    assert unusual(store, Range(march_3, march_3 + timedelta(days=1))) == []
    assert unusual(store, Range(march_3, march_3 + timedelta(days=2))) == []
