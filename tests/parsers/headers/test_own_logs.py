"""What daemons write to logs of their own means what they log through syslog.

The samples of their shapes are as syslog has them; the lines quoted are of genuine logs.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from parsers.batch import parse_lines
from parsers.registry import registry

REFERENCE = datetime(2026, 11, 25, 12, tzinfo=UTC)
FORMS: dict[str, tuple[str, str, Callable[[str], str]]] = {
    # daemon of the shapes: the program that lines are of, and a line of its own log
    "spamd": ("spamd", "spamd", lambda body: f"Tue Nov 24 03:37:01 2026 [512] info: {body}"),
    "clamd": ("clamd", "clamav", lambda body: f"Tue Nov 24 03:37:01 2026 -> {body}"),
    "freshclam": ("freshclam", "clamav", lambda body: f"Tue Nov 24 03:37:01 2026 -> {body}"),
    "clamav-milter": (
        "clamav-milter",
        "clamav",
        lambda body: f"Tue Nov 24 03:37:01 2026 -> {body}",
    ),
    "rspamd": ("rspamd", "rspamd", lambda body: f"2026-11-24 03:37:01 #417(normal) {body}"),
    "amavis": (
        "amavis",
        "/usr/sbin/amavis",
        lambda body: f"Nov 24 03:37:01 mx.example.org /usr/sbin/amavis[41]: {body}",
    ),
}
# Words that clamav-milter shares with clamd or freshclam; nothing else tells which of them it was.
SHARED_WORDS = ("clamav_milter.header_failed", "clamav_milter.hook_failed")


def said(lines: list[str]) -> list[tuple[object, object]]:
    return [(row["event"], row["fields"]) for row in parse_lines(lines, reference=REFERENCE)]


@pytest.mark.parametrize("daemon", FORMS)
def test_what_syslog_has_means_the_same_in_the_own_log(daemon: str) -> None:
    tag, program, own = FORMS[daemon]
    shapes = [shape for shape in registry().shapes if daemon in shape.daemons]
    bodies = [body for shape in shapes for body in shape.samples]
    assert bodies
    assert {row["program"] for row in parse_lines([own(body) for body in bodies])} == {program}
    through_syslog = said([f"Nov 24 03:37:01 mx {tag}[1]: {body}" for body in bodies])
    differing = [
        (body, syslog, found)
        for body, syslog, found in zip(
            bodies, through_syslog, said([own(body) for body in bodies]), strict=True
        )
        if syslog != found and syslog[0] not in SHARED_WORDS
    ]
    assert differing == []


@pytest.mark.parametrize("stamp", ["Nov 24 03:37:01", "2026-11-24 03:37:01", "Nov 24 03:37:01.123"])
def test_dovecot_s_own_log_means_the_same(stamp: str) -> None:
    prefix = re.compile(r"[a-z][a-z0-9_-]*(?:\([^()]*\))?(?:<[^<> ]*>)*: ")
    severity = re.compile("(?:Debug|Warning|Error|Fatal|Panic): ")
    shapes = [shape for shape in registry().shapes if "dovecot" in shape.daemons]
    bodies, lines = [], []
    for body in (body for shape in shapes for body in shape.samples):
        found = prefix.match(body)
        if found is not None:
            is_info = severity.match(body, found.end()) is None
            info = "Info: " if is_info else ""
            bodies.append(body)
            lines.append(f"{stamp} {found[0]}{info}{body[found.end() :]}")
    assert len(bodies) > 100
    through_syslog = said([f"Nov 24 03:37:01 mx dovecot: {body}" for body in bodies])
    assert said(lines) == through_syslog
    for row in parse_lines(lines):
        assert (row["program"], row["host"], row["pid"]) == ("dovecot", None, None)


@pytest.mark.parametrize(
    ("line", "program", "pid", "event"),
    [
        (
            (
                "Nov 04 12:57:26 imap-login: Info: Login: user=<bob>, method=PLAIN, rip=127.0.0.1, "
                "lip=127.0.0.1, mpid=27825, secured, session=<Ca4eQAVhmrh/AAAB>"
            ),
            "dovecot",
            None,
            "dovecot.logged_in",
        ),
        (
            (
                "Nov 24 12:57:26 lmtp(bob@x.example)<27808><3o68FbWJBWugbAAAg+zDdQ>: Info: "
                "msgid=unspecified: saved mail to INBOX"
            ),
            "dovecot",
            None,
            "dovecot.message_stored",
        ),
        (
            "Nov 24 12:57:25 lmtp(27808): Info: Connect from 127.0.0.1",
            "dovecot",
            None,
            "dovecot.lmtp_connected",
        ),
        (
            "Nov 24 12:57:29 master: Warning: Killed with signal 15 (by pid=27925 uid=0 code=kill)",
            "dovecot",
            None,
            "dovecot.stopped",
        ),
        (
            (
                "Nov 24 12:57:33.383 [27982] warn: config: registryboundaries: no tlds defined, "
                "need to run sa-update"
            ),
            "spamd",
            27982,
            "spamd.configuration_faulty",
        ),
        (
            "Tue Nov 24 12:57:49 2026 -> WARNING: File path check failure on: /nonexistent",
            "clamav",
            None,
            "clamd.failed",
        ),
        (
            "Tue Nov 24 12:57:51 2026 -> WARNING: Can't query current.cvd.clamav.net",
            "clamav",
            None,
            "freshclam.mirror_failed",
        ),
        ("Tue Nov 24 12:57:51 2026 -> WARNING: novel", "clamav", None, "clamav.warning_logged"),
    ],
)
def test_genuine_lines(line: str, program: str, pid: int | None, event: str) -> None:
    (row,) = parse_lines([line], reference=REFERENCE)
    assert (row["host"], row["program"], row["pid"]) == (None, program, pid)
    assert row["event"] == event
