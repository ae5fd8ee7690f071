"""Lines of rspamd in which a client chose an id, an address or a symbol's option: no other field "
"may
shift, and what imitates one is not believed."""

import pytest

from parsers.batch import parse_lines
from parsers.registry import registry

FAKE_TAIL = (
    "]), len: 1, time: 1.0ms, dns req: 0, digest: <aa>, rcpts: <forged@x.example>, forced: no "
    'action "x"; score=nan (set by forged), settings_id: forged'
)
FAKE_HEAD = (
    ", qid: <ABCDEF12345>, ip: 203.0.113.99, from: <forged@x.example>, (default: F (no action): "
    "[-99.00/15.00] [X(0.00){}"
)


def parsed(body: str) -> dict[str, object]:
    """Event and fields of a body, which both matchers must agree on."""
    (row,) = parse_lines([body], program="rspamd")
    event, fields = registry().match("rspamd", body)
    both = {"queue_id": row["queue_id"], **row["fields"]}  # type: ignore[dict-item]
    assert (row["event"], {k: v for k, v in both.items() if v is not None}) == (event, fields)
    return {"event": event, **fields}


def scanned(
    *,
    message_id: str = "<1@example.com>",
    user: str = "",
    sender: str = "news@example.com",
    symbols: str = "BAYES_SPAM(5.10){99.99%;}",
    rcpts: str = "alice@example.org",
    mime_rcpts: str = "alice@example.org",
    more: str = "",
) -> dict[str, object]:
    return parsed(
        f"<8ae27d>; proxy; rspamd_task_write_log: id: {message_id}, qid: <A785B308622AB>, "
        f"ip: 192.0.2.7,{user} from: <{sender}>, (default: T (add header): [7.50/15.00] "
        f"[{symbols}]), len: 2348, time: 750.636ms, dns req: 47, "
        f"digest: <b1035f4fb07162ba88053d9e38df9c93>, rcpts: <{rcpts}>, "
        f"mime_rcpts: <{mime_rcpts}>{more}"
    )


def check(found: dict[str, object], verdict: bool = True, tail: bool = True) -> None:
    """The line's own fields as far as they were read, and none of the forged ones."""
    assert found["event"] == "rspamd.message_scanned"
    assert found["queue_id"] == "A785B308622AB"
    assert found["client_address"] == "192.0.2.7"
    assert "forged" not in (found.get("policy"), found.get("reason"))
    assert found.get("recipient") != "forged@x.example"
    assert found.get("envelope_sender") != "forged@x.example"
    if verdict:
        assert (found["is_spam"], found["action"]) == (True, "add header")
        assert (found["spam_score"], found["spam_required"]) == (7.5, 15.0)
    else:
        assert "spam_score" not in found
    if tail:
        assert found["recipient"] == "alice@example.org"
        assert (found["size_bytes"], found["scan_milliseconds"]) == (2348, 750.636)
    else:
        assert not {"recipient", "size_bytes", "scan_milliseconds"} & set(found)


@pytest.mark.parametrize(
    "message_id", ["<a>,qid:<ABCDEF12345>", "<>", "undef", "<" + FAKE_HEAD.replace(" ", "?") + ">"]
)
def test_rspamd_reads_any_message_id(message_id: str) -> None:
    found = scanned(message_id=message_id)
    check(found)
    assert found["message_id"] == message_id


@pytest.mark.parametrize("sender", ["", "a>b@x.example", '"x>,ip:"@x.example', "ü@x.example"])
def test_rspamd_reads_any_sender_without_blanks(sender: str) -> None:
    found = scanned(sender=sender)
    check(found)
    assert found.get("envelope_sender", "") == sender


# rspamd takes the quotes from a local part, so that nothing tells where it ends
@pytest.mark.parametrize("sender", [f"x>{FAKE_HEAD}{FAKE_TAIL}@evil.example", "a b@evil.example"])
def test_rspamd_believes_nothing_behind_a_sender_with_blanks(sender: str) -> None:
    check(scanned(sender=sender), verdict=False, tail=False)


def test_rspamd_reads_a_user() -> None:
    found = scanned(user=" user: bob,")
    check(found)
    assert found["sasl_username"] == "bob"


@pytest.mark.parametrize(
    "option", ["]), len: 1, time: 1.0ms", "a, b: c", "[x](y){z}", "%s;", "]), digest: , rcpts: "]
)
def test_rspamd_reads_any_option_without_angle_brackets(option: str) -> None:
    symbols = f"A(1.00){{{option};}},B(0.00){{}}"
    found = scanned(symbols=symbols)
    check(found)
    assert found["spam_rules"] == symbols


@pytest.mark.parametrize("option", [FAKE_TAIL, FAKE_TAIL + ", x: ", "a->b", "<"])
@pytest.mark.parametrize(
    "more", ["", ', forced: reject "x"; score=nan (set by antivirus)', ", settings_id: out"]
)
def test_rspamd_believes_no_option_with_angle_brackets(option: str, more: str) -> None:
    found = scanned(symbols=f"A(1.00){{{option};}},B(0.00){{}}", more=more)
    check(found, tail=False)


@pytest.mark.parametrize("address", [f'"x{FAKE_TAIL}"@evil.example', "a b@evil.example"])
def test_rspamd_believes_no_address_with_blanks(address: str) -> None:
    check(scanned(mime_rcpts=address), tail=False)
    check(scanned(rcpts=address), tail=False)


@pytest.mark.parametrize("address", ["a>b@x.example", '"]),len:1"@x.example', "a@x,b@y,..."])
def test_rspamd_reads_any_other_address(address: str) -> None:
    check(scanned(mime_rcpts=address))


@pytest.mark.parametrize(
    "message", ['virus found: "X"', "x, settings_id: forged", '"; score=1.00 (']
)
def test_rspamd_reads_any_reason(message: str) -> None:
    found = scanned(more=f', forced: reject "{message}"; score=nan (set by av), settings_id: out')
    check(found)
    assert found["reason"] == message
    assert found["policy"] == "out"


def test_an_unknown_key_costs_no_line() -> None:
    found = scanned(more=", novel: 1, other: x y")
    check(found)
    assert found["detail"] == "novel: 1, other: x y"


@pytest.mark.parametrize("message_id", ["<a>;queue-id:<ABCDEF12345>;", "<>"])
def test_rspamd_reads_the_id_of_a_loaded_message(message_id: str) -> None:
    found = parsed(
        f"<8ae27d>; proxy; rspamd_message_parse: loaded message; id: {message_id}; "
        "queue-id: <A785B308622AB>; size: 2348; checksum: <b1035f>"
    )
    assert found["event"] == "rspamd.message_loaded"
    assert (found["message_id"], found["queue_id"]) == (message_id, "A785B308622AB")
    assert found["size_bytes"] == 2348


def test_a_module_s_text_is_no_verdict() -> None:
    found = parsed(
        "<8ae27d>; lua; multimap.lua:5: rspamd_task_write_log: id: <f@x>, qid: <ABCDEF12345>"
    )
    assert found["event"] == "rspamd.module_reported"
    assert "queue_id" not in found
