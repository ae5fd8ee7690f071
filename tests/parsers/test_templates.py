"""The template language: what it reads, what it refuses, and values that could be confused."""

import pytest

from parsers.registry import MAX_BODY, ShapeError, build_registry
from parsers.shapes import Shape
from parsers.templates import TemplateError, compile_template

PAIRS = {"orig_to": "<{original_recipient}>", "relay": "{relay}", "delay": "{delay_seconds}"}


def fields_of(template: str, body: str, pairs: dict[str, str] | None = None) -> dict[str, object]:
    shape = Shape("test.tried", ("test",), template, ("x",), "test", pairs or {})
    return build_registry((shape,)).match("test", body)[1]


def test_blanks_count_wherever_they_stand() -> None:
    assert fields_of(" {reason:= a|b } [ {detail:word} ]{x| y} z", "  a  b  y z") == {
        "reason": " a",
        "detail": "b",
    }


def test_brackets_are_optional_parts_and_escapes_are_literal() -> None:
    template = r"from {client}[, sasl_username={sasl_username:text}] \{ok\}"
    assert fields_of(template, "from a.example[192.0.2.1]:25 {ok}") == {
        "client_name": "a.example",
        "client_address": "192.0.2.1",
        "client_port": 25,
    }
    assert fields_of(template, "from a.example[192.0.2.1], sasl_username= {ok}") == {
        "client_name": "a.example",
        "client_address": "192.0.2.1",
        "sasl_username": "",
    }


def test_an_empty_value_is_not_a_missing_one() -> None:
    template = "x[ from=<{envelope_sender}>]"
    assert fields_of(template, "x from=<>") == {"envelope_sender": ""}
    assert fields_of(template, "x") == {}


def test_words_are_kept_only_where_they_are_named() -> None:
    assert fields_of("{lost|timeout} {stage:=RCPT|DATA}", "timeout DATA") == {"stage": "DATA"}


def test_one_word_can_be_named_and_a_value_be_skipped() -> None:
    assert fields_of("{stage:=RCPT} ({:int}/{:word})", "RCPT (12/x)") == {"stage": "RCPT"}
    assert fields_of("{stage:=RCPT} ({:int}/{:word})", "DATA (12/x)") == {}


def test_a_balanced_value_cannot_begin_inside_a_quoted_one() -> None:
    template = "{reason:rest}; to=<{recipient:balanced}>"
    body = r'why; to=<"a; to=<b\"c"@d.example>'
    assert fields_of(template, body)["recipient"] == r'"a; to=<b\"c"@d.example'


def test_a_run_of_pairs_ends_at_the_first_place_it_can() -> None:
    body = "to=<a@b.example>, new=1, status=deferred (450 x, status=sent (250 Ok))"
    fields = fields_of("to=<{recipient}>{*}, status={status} ({reply:rest})", body, PAIRS)
    assert (fields["status"], fields["reply"]) == ("deferred", "450 x, status=sent (250 Ok)")


def test_pairs_are_read_in_any_order_and_unknown_ones_kept() -> None:
    template = "to=<{recipient}>{*}, status={status}"
    body = 'to=<"a, relay=x"@b.example>, delay=3, new=<1, 2>, relay=h[192.0.2.1]:25, status=sent'
    assert fields_of(template, body, PAIRS) == {
        "recipient": '"a, relay=x"@b.example',
        "delay_seconds": 3.0,
        "relay_host": "h",
        "relay_address": "192.0.2.1",
        "relay_port": 25,
        "status": "sent",
        "extra": {"new": "<1, 2>"},
    }


def test_a_pair_inside_another_pairs_value_is_not_read() -> None:
    body = 'to=<a@b.example>, orig_to=<"x>, relay=evil"@b.example>, new=1, status=sent'
    fields = fields_of("to=<{recipient}>{*}, status={status}", body, PAIRS)
    assert fields == {
        "recipient": "a@b.example",
        "original_recipient": '"x>, relay=evil"@b.example',
        "status": "sent",
        "extra": {"new": "1"},
    }


def test_integers_beyond_64_bits_are_null() -> None:
    assert fields_of("{size_bytes}", "9" * 30) == {}


@pytest.mark.parametrize(
    "template",
    ["{nosuch}", "{queue_id:nosuch}", "{queue_id", "[open", "close]", "{queue_id} {queue_id}"],
)
def test_a_bad_template_is_refused(template: str) -> None:
    with pytest.raises(TemplateError):
        compile_template(template, {})


def test_declarations_without_sample_or_with_a_taken_name_are_refused() -> None:
    good = Shape("test.tried", ("test",), "x", ("x",), "test")
    with pytest.raises(ShapeError, match="twice"):
        build_registry((good, good))
    with pytest.raises(ShapeError, match="lacks"):
        build_registry((Shape("test.tried", ("test",), "x", (), "test"),))


def test_a_very_long_body_is_not_matched() -> None:
    assert fields_of("x{detail:rest}", "x" * MAX_BODY) == {"detail": "x" * (MAX_BODY - 1)}
    assert fields_of("x{detail:rest}", "x" * (MAX_BODY + 1)) == {}


def test_blanks_and_tabs_are_text_wherever_they_stand() -> None:
    assert fields_of("x{ a| b}\t{detail}", "x b\ty") == {"detail": "y"}
    assert fields_of("x{ a| b}\t{detail}", "xb\ty") == {}
    assert fields_of("x{detail:= a|b}", "x a") == {"detail": " a"}
    assert fields_of("x[ [ y]]{detail:rest}", "x  y!") == {"detail": "!"}


def test_an_escaped_run_is_no_run() -> None:
    assert fields_of(r"x \{*\} {detail}", "x {*} y") == {"detail": "y"}
