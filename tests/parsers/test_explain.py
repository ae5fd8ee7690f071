"""Explanations against the batch parser, which decides; and where lines are said to stop."""

import re
import time
from datetime import UTC, datetime
from functools import cache
from itertools import chain

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from parsers.batch import parse_lines
from parsers.explain import MOST_STOPS, Explainer, Explanation
from parsers.headers import daemon_of, split_header
from parsers.registry import MAX_BODY, UNPARSED, registry
from parsers.templates import FieldRef, Words, parse_template
from sample_logs import expect

REFERENCE = datetime(2026, 11, 24, 12, tzinfo=UTC)
HEADER = "Nov 24 03:37:01 mx {}[1]: {}"
SAMPLES = [
    (shape.event, HEADER.format(daemon.replace("postfix/*", "postfix/smtpd"), body))
    for shape in registry().shapes
    for daemon in shape.daemons[:1]
    for body in shape.samples
]


def explained(lines: list[str], program: str | None = None) -> list[Explanation]:
    return list(Explainer(program=program).explain(pa.array(lines, pa.string()), REFERENCE))


def explain(program: str, body: str) -> Explanation:
    (explanation,) = explained([HEADER.format(program, body)])
    return explanation


def assert_as_parsed(lines: list[str]) -> list[Explanation]:
    explanations = explained(lines)
    for row, explanation in zip(parse_lines(lines, reference=REFERENCE), explanations, strict=True):
        line = row["line"]
        assert explanation.line == line
        assert explanation.event == row["event"], line
        said = dict(explanation.fields) | (
            {"extra": explanation.extra} if explanation.extra else {}
        )
        parsed = dict(row["fields"])  # type: ignore[call-overload]
        if row["queue_id"] is not None:
            parsed["queue_id"] = row["queue_id"]
        assert said == parsed, line
        assert (explanation.fit is None) == (row["event"] == UNPARSED) == bool(explanation.reason)
        header = explanation.header
        assert (header and header.program) == row["program"]
        if header is not None:
            assert (header.host, header.pid) == (row["host"], row["pid"])
            assert header.occurred_at == row["occurred_at"]
            split = split_header(str(line))
            assert split is not None
            assert explanation.body == split[4]
    return explanations


@cache
def samples_explained() -> list[Explanation]:
    return assert_as_parsed([line for _, line in SAMPLES])


def test_every_sample_is_explained_as_it_is_parsed() -> None:
    for (event, line), explanation in zip(SAMPLES, samples_explained(), strict=True):
        assert explanation.event == event, line
        assert explanation.fit is not None
        assert explanation.fit.declared_in is not None
        assert explanation.fit.source


def test_the_template_named_is_the_one_that_fits() -> None:
    for (event, line), explanation in zip(SAMPLES, samples_explained(), strict=True):
        assert explanation.fit is not None
        nodes = parse_template(explanation.fit.template)
        header = split_header(line)
        assert header is not None
        first = next(
            entry
            for entry in chain(*registry().candidates(daemon_of(header[2])))
            if entry.match(header[4]) is not None
        )
        assert (first.shape.event, parse_template(first.template)) == (event, nodes), line


def test_a_part_is_present_where_its_field_has_a_value() -> None:
    compared = 0
    for (_, line), explanation in zip(SAMPLES, samples_explained(), strict=True):
        assert explanation.fit is not None
        for part in explanation.fit.parts:
            for node in parse_template(part.text):
                name = node.name if isinstance(node, FieldRef | Words) else None
                if name and len(re.findall(rf"\{{{name}\b", explanation.fit.template)) == 1:
                    assert part.is_present == (name in explanation.fields), (line, part)
                    compared += 1
    assert compared > 1_000


def test_sample_logs_are_explained_as_they_are_parsed() -> None:
    lines = {line for log in expect.small_logs() for line in expect.lines(log)}
    assert len(lines) > 1_000
    assert_as_parsed(sorted(lines))


# -- what is found in a line that fits ------------------------------------------------------------


def test_optional_parts_are_told_apart_in_order() -> None:
    fit = explain("postfix/smtpd", "disconnect from a.example[192.0.2.1]:25 quit=1 commands=1").fit
    assert fit is not None
    assert [(part.text, part.is_present) for part in fit.parts] == [
        (":{client_port:int}", True),
        (":unknown", False),
        (" {command_counts:rest}", True),
    ]
    assert fit.template.startswith(r"disconnect from {client_name:host}\[{client_address:ip}\][:")
    assert fit.declared_in == "parsers/postfix/smtpd.py"


def test_unknown_keys_and_constants_are_told_apart() -> None:
    line = explain(
        "postfix/smtp",
        "E7F3A16272B: to=<b@y.example>, relay=none, delay=1, delays=1/0/0/0, new=<1, 2>, dsn=4.4.1,"
        " status=deferred (connect to y.example[192.0.2.9]:25: Connection refused)",
    )
    assert line.extra == {"new": "<1, 2>"}
    assert "extra" not in line.fields
    shape = next(s for s in registry().shapes if s.constants)
    (sample,) = explained([HEADER.format(shape.daemons[0].replace("*", "smtpd"), shape.samples[0])])
    assert sample.constants == tuple(shape.constants)
    assert set(sample.constants) <= set(sample.fields)


# -- where a line stops ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("program", "body", "event", "expected"),
    [
        ("qmgr", "E7F3A16272B: from=<>, si|se=357, nrcpt=1", "message_queued", "ze="),
        ("qmgr", "E7F3A16272B: from=<>, size=|many, nrcpt=1", "message_queued", "{size_bytes}"),
        (
            "qmgr",
            "E7F3A16272B: from=<>, size=3, nrcpt=1 (|fast)",
            "message_queued",
            "queue active)",
        ),
        ("qmgr", "E7F3A16272B: from=<>, size=3, nrcpt=1|; strange", "message_queued", ""),
        ("qmgr", "E7F3A16272B: skipped|", "message_skipped", ", "),
        ("smtpd", "connect from a.example[192.0.2.1]:2|x5", "client_connected", ""),
        (
            "smtp",
            (
                "E7F3A16272B: to=<b@y.example>, relay=none, delay=1, delays=1/0/0/0, dsn=2.0.0, "
                "status=sent |250 Ok"
            ),
            "delivery_attempted",
            "(",
        ),
    ],
)
def test_a_line_stops_where_it_differs(program: str, body: str, event: str, expected: str) -> None:
    before, _, after = body.partition("|")
    explanation = explain(f"postfix/{program}", before + after)
    assert explanation.reason == "no_shape"
    stop = explanation.stops[0]
    assert (stop.event, stop.expected, stop.is_ahead) == (f"postfix.{event}", expected, False)
    assert stop.column == len(before) + 1
    assert stop.declared_in
    assert stop.source


def test_one_wrong_character_is_found() -> None:
    """Nearly always, with the shape that was meant; other shapes may fit as well as that one."""
    exact, stopped = 0, 0
    wrong = []
    for shape in registry().shapes[::3]:
        body = shape.samples[0]
        word = max(re.findall("[A-Za-z]+", body), key=len)
        at = body.index(word) + len(word) // 2
        program = shape.daemons[0].replace("*", "smtpd")
        wrong.append((shape.event, at, program, f"{body[:at]}~{body[at + 1 :]}"))
    lines = [HEADER.format(program, body) for _, _, program, body in wrong]
    for (event, at, _, _), explanation in zip(wrong, explained(lines), strict=True):
        if explanation.reason == "no_shape":
            stopped += 1
            exact += any((s.event, s.column) == (event, at + 1) for s in explanation.stops)
    assert stopped > 50
    assert exact > 0.8 * stopped, (exact, stopped)


def test_what_may_stand_anywhere_is_ahead() -> None:
    body = "imap(a)<12><abc>: Disconnected: Novelty"
    stop = explain("dovecot", body).stops[0]
    assert stop.is_ahead
    assert body[: stop.column - 1].endswith("Disconnected: ")


def test_reasons() -> None:
    assert explained(["nothing"])[0].reason == "no_header"
    assert explained([""])[0].reason == "no_header"
    assert explain("postfix/smtpd", "x" * (MAX_BODY + 1)).reason == "too_long"
    unknown = explain("smtpd", "connect from a.example[192.0.2.1]")
    assert (unknown.reason, unknown.alike) == ("unknown_program", ("postfix/smtpd",))
    assert "dovecot" in explain("dovecott", "x").alike
    assert explain("qx7", "x").alike == ()
    nothing = explain("postfix/smtpd", "\u2603")
    assert (nothing.reason, nothing.stops) == ("no_shape", ())


def test_a_body_of_a_program_that_was_given() -> None:
    body = "E7F3A16272B: from=<>, sise=3"
    (stopped,) = explained([body], program="postfix/qmgr")
    assert stopped.header is not None
    assert (stopped.header.form, stopped.body) == (None, body)
    assert stopped.stops[0].column == body.index("se=3") + 1
    (fitting,) = explained(["E7F3A16272B: removed"], program="postfix/qmgr")
    assert fitting.event == "postfix.message_removed"


# -- hostile lines ---------------------------------------------------------------------------------

BUSIEST = sorted(
    (daemon for daemon in registry().by_daemon if "*" not in daemon),
    key=lambda daemon: sum(map(len, registry().candidates(daemon))),
)[-3:]


@pytest.mark.parametrize("program", [*BUSIEST, "dovecot"])
@pytest.mark.parametrize(
    "pattern",
    ['"<', "x: (", ", a=<b>", "imap(x)<1><y>: \\\\", "ABCDEF1234: to=<", "é[1.2.3.4]:25 "],
)
def test_a_long_line_is_explained_at_once(program: str, pattern: str) -> None:
    for length in (MAX_BODY, 1_000_000):
        body = (pattern * (length // len(pattern) + 1))[:length]
        began = time.thread_time()
        explanation = explain(program, body)
        assert time.thread_time() - began < 4
        assert explanation.reason in (None, "no_shape", "too_long")


@st.composite
def damaged(draw: st.DrawFn) -> str:
    line = draw(st.sampled_from(SAMPLES))[1]
    at, gone = draw(st.integers(0, 200)), draw(st.integers(0, 5))
    characters = st.characters(blacklist_categories=["Cs"], blacklist_characters="\n\0")
    return line[:at] + draw(st.text(characters, max_size=6)) + line[at + gone :]


@settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(st.lists(damaged(), min_size=20, max_size=40))
def test_damaged_lines_stop_within_the_line(lines: list[str]) -> None:
    for explanation in assert_as_parsed(lines):
        assert len(explanation.stops) <= MOST_STOPS
        for stop in explanation.stops:
            assert explanation.header is not None
            assert 1 <= stop.column <= len(explanation.body) + 1
            parse_template(stop.expected)
            daemon = daemon_of(explanation.header.program)
            shapes = {entry.shape.event for entry in chain(*registry().candidates(daemon))}
            assert stop.event in shapes
