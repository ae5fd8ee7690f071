"""Every declared line shape against its samples, and both compilers against each other."""

from datetime import UTC, datetime
from itertools import chain

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from parsers.batch import parse_lines
from parsers.dispatch import likely
from parsers.headers import daemon_of, split_header
from parsers.registry import Entry, registry
from parsers.shapes import Shape
from parsers.templates import FieldRef, Literal, Maybe, Node, Pairs, Words, parse_template

REFERENCE = datetime(2026, 11, 24, 12, tzinfo=UTC)
SHAPES = registry().shapes


def program_of(daemon: str) -> str:
    return daemon.replace("postfix/*", "postfix/smtpd")


def as_line(daemon: str, body: str) -> str:
    return f"Nov 24 03:37:01 mx {program_of(daemon)}[1]: {body}"


def single(line: str) -> tuple[str, dict[str, object]]:
    """Event and fields by the single-line matcher."""
    header = split_header(line)
    assert header is not None
    return registry().match(daemon_of(header[2]), header[4])


def batch(lines: list[str]) -> list[tuple[str, dict[str, object]]]:
    """Event and fields of each line by the batch parser."""
    out = []
    for row in parse_lines(lines, reference=REFERENCE):
        fields = dict(row["fields"])  # type: ignore[call-overload]
        if row["queue_id"] is not None:
            fields["queue_id"] = row["queue_id"]
        out.append((str(row["event"]), fields))
    return out


@pytest.mark.parametrize("shape", SHAPES, ids=lambda s: s.event)
def test_each_sample_has_its_own_shape(shape: Shape) -> None:
    for daemon in shape.daemons:
        for body in shape.samples:
            assert registry().match(daemon_of(program_of(daemon)), body)[0] == shape.event, body


@pytest.mark.parametrize("shape", SHAPES, ids=lambda s: s.event)
def test_each_template_has_a_sample_that_only_it_fits(shape: Shape) -> None:
    """Among a daemon's own shapes a sample fits one only; so their order decides nothing."""
    daemon = shape.daemons[0]
    used = set()
    for body in shape.samples:
        fitting = [e for e in registry().by_daemon[daemon] if e.match(body) is not None]
        assert {e.shape.event for e in fitting} == {shape.event}, body
        used.add(fitting[0].number)
    templates = {_template_number(e): e.number for e in reversed(_entries(shape))}
    assert set(templates.values()) <= used, "a template without a sample"


def _entries(shape: Shape) -> list[Entry]:
    return [e for e in registry().entries if e.shape is shape]


def _template_number(entry: Entry) -> int:
    """Which of its shape's templates an entry comes from; `{*}` makes two entries of one."""
    siblings = _entries(entry.shape)
    for place, template in enumerate(entry.shape.templates):
        for _ in range(2 if "{*}" in template else 1):
            if siblings[0] is entry:
                return place
            siblings.pop(0)
    raise AssertionError("an entry without a template")


def test_batch_and_single_line_agree_on_every_sample() -> None:
    lines = [as_line(d, body) for s in SHAPES for d in s.daemons for body in s.samples]
    for line, (event, fields) in zip(lines, batch(lines), strict=True):
        assert (event, fields) == single(line), line


def test_many_lines_are_dispatched_as_few_are() -> None:
    """Few lines are told apart in Python, many in SQL; also where the likely form does not fit."""
    lines = [as_line(d, body) for s in SHAPES for d in s.daemons for body in s.samples]
    few = batch(lines)
    misleading = [
        line
        for line, (event, _) in zip(lines, few, strict=True)
        if registry().entries[_first_likely(line) - 1].shape.event != event
    ]
    assert misleading
    for many in (lines * 3, misleading * (3_000 // len(misleading) + 1)):
        assert len(many) > 2_048
        expected = dict(zip(lines, few, strict=True))
        for line, event in zip(many, batch(many), strict=True):
            assert event == expected[line], line


def _first_likely(line: str) -> int:
    header = split_header(line)
    assert header is not None
    candidates = chain(*registry().candidates(daemon_of(header[2])))
    return likely(candidates, header[4], 0)


# -- generated lines ------------------------------------------------------------------------------

# A failing line is shown by itself: shrinking would parse thousands of batches to shorten a list.
BATCHES = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
VALUES = {
    "word": st.from_regex(r"[A-Za-z0-9.:/-]{1,12}", fullmatch=True),
    "text": st.from_regex(r"[A-Za-z0-9 éß]{0,20}", fullmatch=True),
    "rest": st.from_regex(r"[A-Za-z0-9 éß]{0,20}", fullmatch=True),
    "name": st.from_regex(r"[A-Za-z0-9_.-]{1,10}", fullmatch=True),
    "c_name": st.sampled_from(["qmgr_active_feed", "dict_open", "x_1"]),
    "int": st.integers(0, 2**63 - 1).map(str),
    "float": st.from_regex(r"[0-9]{1,6}([.][0-9]{1,4})?", fullmatch=True),
    "flag": st.sampled_from(["Y", "yes", "true", "1", "no", "N", "0"]),
    "queue_id": st.sampled_from(["9BB5B162711", "4g0Xb13QrzzK2l", "4jYT8Z4zpvzCT41"]),
    "unbracketed": st.from_regex(r"[A-Za-z0-9 :()éß]{0,20}", fullmatch=True),
    "msgid": st.sampled_from(["<a@b.example>", "unspecified", "<a>: b 'c>", "<cut...", ""]),
    "bracketed": st.sampled_from(["<a@b.example>", "<>", "<a,b=c:@x>"]),
    "address": st.sampled_from(["", "a@b.example", '"a>, b=c"@d.example', "ü@x.example"]),
    "balanced": st.sampled_from(["", "a@b.example", '"a>, b=c"@d.example', "why: x (y)"]),
    "doubled_address": st.sampled_from(["", "a@b.example", r'"a\\"> b"@d.example']),
    "doubled_addresses": st.sampled_from(["<a@b.example>", "<a@b.example>,<c@d.example>"]),
    "dquoted": st.sampled_from(["", 'a ""b"" c', "d, e: f"]),
    "account": st.sampled_from(["alice", "bob@example.org", "é ü", ""]),
    "host": st.from_regex(r"[a-z0-9.-]{1,12}", fullmatch=True),
    "ip": st.sampled_from(["192.0.2.7", "2001:db8::25", "unknown"]),
    "endpoint": st.sampled_from(["192.0.2.7", "private/lmtp", "2001:db8::1"]),
    "smtp_stage": st.sampled_from(["RCPT", "END-OF-MESSAGE", "ETRN", "HELP", "DATA content"]),
    "dsn": st.sampled_from(["2.0.0", "4.7.1", "5.1.1"]),
}


@st.composite
def rendered(draw: st.DrawFn, nodes: tuple[Node, ...], pairs: dict[str, tuple[Node, ...]]) -> str:
    """A body that a template stands for, with drawn values."""
    out = []
    for node in nodes:
        match node:
            case Literal(text):
                out.append(text)
            case FieldRef(_, atom):
                out.append(draw(VALUES[atom]))
            case Words(words, _):
                out.append(draw(st.sampled_from(words)))
            case Maybe(parts):
                if draw(st.booleans()):
                    out.append(draw(rendered(parts, pairs)))
            case Pairs():
                keys = draw(st.lists(st.sampled_from([*pairs, "novel"]), unique=True))
                for key in keys:
                    value = draw(rendered(pairs[key], pairs)) if key in pairs else "<1, 2>"
                    out.append(f", {key}={value}")
    return "".join(out)


@st.composite
def generated_line(draw: st.DrawFn) -> tuple[str, Shape]:
    shape = draw(st.sampled_from(SHAPES))
    template = draw(st.sampled_from(shape.templates))
    pairs = {key: parse_template(value) for key, value in shape.pairs.items()}
    body = draw(rendered(parse_template(template), pairs))
    return as_line(draw(st.sampled_from(shape.daemons)), body), shape


@BATCHES
@given(st.lists(generated_line(), min_size=20, max_size=60))
def test_generated_lines_parse_alike_in_both(lines: list[tuple[str, Shape]]) -> None:
    texts = [line for line, _ in lines]
    for (line, _), (event, fields) in zip(lines, batch(texts), strict=True):
        assert event != "log.line_unparsed", line
        assert (event, fields) == single(line), line


@BATCHES
@given(
    st.lists(st.tuples(generated_line(), st.integers(0, 200), st.text(max_size=8)), min_size=10),
    st.lists(st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\n\0"))),
)
def test_damaged_and_arbitrary_lines_never_raise(
    damaged: list[tuple[tuple[str, Shape], int, str]], arbitrary: list[str]
) -> None:
    texts = [
        line[:cut] + noise.replace("\n", "").replace("\0", "") + line[cut + len(noise) :]
        for (line, _), cut, noise in damaged
    ] + arbitrary
    for text, (event, fields) in zip(texts, batch(texts), strict=True):
        if split_header(text) is None:
            assert event == "log.line_unparsed"
        else:
            assert (event, fields) == single(text), text
