"""Escapes of rsyslog are undone in fields, and only what rsyslog would have written."""

import pytest

from parsers.batch import parse_lines
from parsers.escapes import unescaped
from parsers.registry import registry


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("a#012b#011c", "a\nb\tc"),
        ("#033[31mred#177", "\x1b[31mred\x7f"),
        ("Gr#303#274#303#237e", "Grüße"),
        ("ticket #123, #4.7.1, #99, #000, #012", "ticket #123, #4.7.1, #99, #000, \n"),
        ("alone #303 or cut #303#012", "alone #303 or cut #303\n"),
        ("##012", "#\n"),
    ],
)
def test_what_is_undone(text: str, meaning: str) -> None:
    assert unescaped(text) == meaning


@pytest.mark.parametrize(
    ("program", "body", "field", "meaning"),
    [
        (
            "postfix/smtp",
            (
                "9BB5B162711: to=<a@b.example>, relay=none, delay=1, delays=0/0/1/0, dsn=4.0.0, "
                'status=deferred (host said: 450 one#012two #303#274 "x\\y" #033[2J)'
            ),
            "reply",
            'host said: 450 one\ntwo ü "x\\y" \x1b[2J',
        ),
        ("postfix/smtpd", "warning: odd#012things", "reason", "odd\nthings"),
        ("postfix/smtpd", "warning: odd #303 things", "reason", "odd #303 things"),
    ],
)
def test_fields_mean_what_was_sent_and_the_line_stays(
    program: str, body: str, field: str, meaning: str
) -> None:
    (row,) = parse_lines([body], program=program)
    assert row["line"] == body
    assert row["fields"][field] == meaning  # type: ignore[index]
    assert registry().match(program, body)[1][field] == meaning


def test_unknown_pairs_are_undone_too() -> None:
    body = (
        "9BB5B162711: to=<a@b.example>, relay=none, delay=1, delays=0/0/1/0, dsn=4.0.0, "
        "novel=one#012two, status=deferred (no)"
    )
    (row,) = parse_lines([body], program="postfix/smtp")
    assert row["fields"]["extra"] == {"novel": "one\ntwo"}  # type: ignore[index]
    assert registry().match("postfix/smtp", body)[1]["extra"] == {"novel": "one\ntwo"}


def test_a_line_of_nothing_but_escapes_takes_no_time() -> None:
    (row,) = parse_lines(["warning: " + "#012" * 15_000], program="postfix/smtpd")
    assert row["fields"]["reason"] == "\n" * 15_000  # type: ignore[index]
