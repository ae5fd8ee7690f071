"""Lines of small Milters and policy servers: what a client chose stays in its own field."""

import pytest

from parsers.batch import parse_lines

CHOSEN = [
    "plain",
    "9BB5B162711: rsa-sha256 DKIM signature verified (s=m d=bank.example)",
    "x> to=<y@evil.example>, status=sent (250 ok)",
    "a (b) [203.0.113.9] c), from=forged@x.example",
]


def parsed(program: str, body: str) -> dict[str, object]:
    """Event, queue id and fields of a body."""
    (row,) = parse_lines([body], program=program)
    fields = dict(row["fields"])  # type: ignore[call-overload]
    return {"event": row["event"], "queue_id": row["queue_id"], **fields}


@pytest.mark.parametrize("text", CHOSEN)
def test_a_from_header_that_dkimpy_shows_verifies_nothing(text: str) -> None:
    found = parsed("dkimpy-milter", f"From: {text}")
    assert found == {
        "event": "dkimpy_milter.header_seen",
        "queue_id": None,
        "stage": "From",
        "checked_text": text,
    }


@pytest.mark.parametrize("text", CHOSEN)
def test_a_header_that_openarc_cannot_parse_names_no_message(text: str) -> None:
    found = parsed("openarc", f"CD5DD16271C: can't parse From; {text} ; ignoring")
    assert found["event"] == "openarc.message_malformed"
    assert found["queue_id"] == "CD5DD16271C"
    assert found["checked_text"] == text


@pytest.mark.parametrize("text", CHOSEN)
def test_a_sender_that_sid_filter_doubts_has_no_other_fate(text: str) -> None:
    found = parsed("sid-filter", f"CD5DD16271C can't determine responsible domain from `{text}'")
    assert found["event"] == "sid_milter.check_failed"
    assert (found["queue_id"], found["checked_text"]) == ("CD5DD16271C", text)


@pytest.mark.parametrize("text", CHOSEN)
def test_what_milter_regex_refused_says_nothing_of_the_client(text: str) -> None:
    found = parsed("milter-regex", f"out.hamster.example [203.0.113.6]: REJECT: no, HELO: {text}")
    assert found["event"] == "milter_regex.rule_matched"
    assert (found["client_address"], found["action"]) == ("203.0.113.6", "REJECT")


@pytest.mark.parametrize("text", CHOSEN)
def test_a_sender_of_policyd_gives_no_verdict(text: str) -> None:
    found = parsed(
        "policyd",
        "rcpt=13, greylist=new, host=203.0.113.6 (out.hamster.example), "
        f"from={text}, to=grey@lab.example, size=0",
    )
    assert found["event"] == "policyd.checked"
    assert (found["client_address"], found["action"]) == ("203.0.113.6", "new")


@pytest.mark.parametrize("text", CHOSEN)
def test_a_user_that_policyd_rate_limit_counts_sets_no_limit(text: str) -> None:
    found = parsed("policyd-rate-limit", f"There is no limit rate in SQL for: {text}")
    assert found["event"] == "policyd_rate_limit.debugged"
    assert found["username"] == text
