"""Dovecot marks warnings and errors between a line's prefix and its text: what has a shape of its
own keeps it with the mark, and what has none is typed by its mark."""

import re

import pytest

from parsers.registry import registry
from parsers.shapes import Shape

PREFIX = re.compile(r"(?:[a-z0-9_-]+(?:\([^()<>]*\))?(?:<[^<> ]*>)*(?:: request \[\d+\])?: )")
CATCH_ALL = ("dovecot.error_logged", "dovecot.warning_logged", "dovecot.fatal_logged")
OWN = [
    shape
    for shape in registry().shapes
    if shape.daemons == ("dovecot",)
    and shape.constants.get("severity") in ("warning", "error", "fatal")
    and shape.event not in CATCH_ALL
]


@pytest.mark.parametrize("shape", OWN, ids=lambda s: s.event)
def test_a_marked_line_has_its_own_shape(shape: Shape) -> None:
    mark = str(shape.constants["severity"]).capitalize()
    for body in shape.samples:
        prefix = PREFIX.match(body)
        assert prefix is not None
        marked = f"{prefix[0]}{mark}: {body[prefix.end() :]}"
        event, fields = registry().match("dovecot", marked)
        assert (event, fields) == registry().match("dovecot", body), marked


@pytest.mark.parametrize(
    ("body", "event", "fields"),
    [
        (
            "imap(bob)<859><S1>: Error: Nobody knows this: x",
            "dovecot.error_logged",
            {"service": "imap", "username": "bob", "peer_pid": 859, "session_id": "S1"},
        ),
        (
            "lmtp(531, bob@example.org): Warning: Nobody knows this",
            "dovecot.warning_logged",
            {"service": "lmtp", "username": "bob@example.org"},
        ),
        ("lmtp(531): Fatal: Nobody knows this", "dovecot.fatal_logged", {"peer_pid": 531}),
        ("master: Error: service(x): Nobody knows this", "dovecot.error_logged", {}),
        ("novel-service: Warning: Nobody knows this", "dovecot.warning_logged", {}),
        ("imap(bob)<859><S1>: Nobody knows this", "log.line_unparsed", {}),
        ("Error: x", "log.line_unparsed", {}),
        (
            "master: Warning: Killed with signal 15 (by pid=1179 uid=0 code=kill)",
            "dovecot.stopped",
            {"severity": "warning"},
        ),
        (
            ("master: Error: service(imap): child 859 killed with signal 11 (core dumps disabled)"),
            "dovecot.process_failed",
            {"service": "imap", "peer_pid": 859},
        ),
        (
            "lmtp(bob)<624><S1>: Error: sieve: binary /srv/a.svbin: save: open(/srv/a) failed",
            "dovecot.sieve_failed",
            {"file_name": "/srv/a.svbin"},
        ),
    ],
)
def test_marks_type_what_nobody_knows(body: str, event: str, fields: dict[str, object]) -> None:
    found, read = registry().match("dovecot", body)
    assert found == event
    assert {name: read[name] for name in fields} == fields
