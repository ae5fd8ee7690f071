"""What the parsers say of a day against what really happened, told without any log."""

import json
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import Any

import pytest

from sample_logs import expect

Event = dict[str, Any]


@cache
def events(day: str) -> dict[str, list[Event]]:
    """The events of both logs of a day by name."""
    found = defaultdict(list)
    for log in ("mail.log.1.gz", "mail.log"):
        for event in expect.events(expect.HERE / day / log):
            found[event["event"]].append(event)
    return found


@cache
def messages(day: str) -> list[dict[str, Any]]:
    truth = json.loads((expect.HERE / day / "truth.json").read_text("utf-8"))
    return [record for record in truth if record["kind"] == "message"]


def values(found: Iterable[Event], *names: str) -> set[tuple[Any, ...]]:
    return {tuple(event.get(name) for name in names) for event in found}


@pytest.fixture(params=expect.DAYS)
def day(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_client_and_login_of_each_accepted_message(day: str) -> None:
    logged = values(
        events(day)["postfix.client_assigned"],
        "host",
        "queue_id",
        "client_address",
        "sasl_username",
    )
    accepted = {
        (m["host"], m["queue_id"], m["client"]["ip"], m["client"].get("sasl_user"))
        for m in messages(day)
        if m.get("queue_id") and "client" in m
    }
    assert len(accepted) > 150
    assert accepted - logged == set()


def test_sender_and_message_id_of_each_stored_message(day: str) -> None:
    stored = [m for m in messages(day) if m.get("queue_id") and m.get("copies")]
    senders = {(m["host"], m["queue_id"], m["envelope_sender"]) for m in stored}
    ids = {
        (m["host"], m["queue_id"], m["message_id"].strip())
        for m in stored
        if m.get("message_id") and m["scenario"] != "odd_messages"
    }
    queued = events(day)["postfix.message_queued"]
    logged_ids = events(day)["postfix.message_id_logged"]
    assert senders - values(queued, "host", "queue_id", "envelope_sender") == set()
    assert ids - values(logged_ids, "host", "queue_id", "message_id") == set()


def test_each_copy_was_sent_on_at_every_hop(day: str) -> None:
    sent = values(
        (e for e in events(day)["postfix.delivery_attempted"] if e["status"] == "sent"),
        "host",
        "queue_id",
    )
    hops = {
        tuple(hop)
        for m in messages(day)
        for copy in m.get("copies", [])
        for hop in copy["queue_ids"]
    }
    assert len(hops) > 200
    assert hops - sent == set()


def test_each_refused_recipient_with_its_reply_code(day: str) -> None:
    rejected = values(events(day)["postfix.rejected"], "envelope_sender", "recipient", "reply_code")
    refused = {
        (m["envelope_sender"], recipient, int(outcome["code"]))
        for m in messages(day)
        for recipient, outcome in m["recipients"].items()
        if outcome
        and outcome["outcome"] == "rejected"
        # after the message or before the recipient: no line names a recipient and a code
        and m["scenario"] in ("rejects", "greylist", "multi_rcpt", "volume", "verify", "spf")
        and "virus" not in m
        and len(m["recipients"]) < 3
        and m["envelope_sender"]
    }
    assert len(refused) > 20
    assert refused - rejected == set()


def test_each_bounce_or_warning_with_the_message_it_is_about(day: str) -> None:
    logged = values(events(day)["postfix.notification_sent"], "queue_id", "related_queue_id")
    reported = {
        (report["about_queue_id"], report["queue_ids"][0][1])
        for m in messages(day)
        for report in m.get("reports", [])
        if "about_queue_id" in report  # else Dovecot's, of a Sieve reject
    }
    assert len(reported) > 15
    assert reported - logged == set()


def test_each_verdict_on_spam(day: str) -> None:
    scored = values(events(day)["spamd.message_scored"], "message_id", "is_spam")
    verdicts = {
        (m["message_id"], copy["spam"]["flag"])
        for m in messages(day)
        if m.get("message_id") and m["scenario"] != "odd_messages"
        for copy in m.get("copies", [])
        if "spam" in copy
    }
    assert {flag for _, flag in verdicts} == {True, False}
    assert verdicts - scored == set()


def test_each_lmtp_delivery_into_its_folder(day: str) -> None:
    stored = values(events(day)["dovecot.message_stored"], "username", "session_id", "mailbox")
    copies = {
        (user, copy["lmtp_sessions"][-1].partition(":")[0], folder)
        for m in messages(day)
        for copy in m.get("copies", [])
        if copy.get("lmtp_sessions") and copy["place"].startswith("mx:")
        for user, _, folder in [copy["place"].removeprefix("mx:").partition("/")]
        if "&" not in folder and "." not in folder
    }
    sessions = {(user, str(session).partition(":")[0], box) for user, session, box in stored}
    assert len(copies) > 100
    assert copies - sessions == set()


def test_each_login_good_or_bad(day: str) -> None:
    truth = json.loads((expect.HERE / day / "truth.json").read_text("utf-8"))
    logins = [r for r in truth if r["kind"] == "login" and r.get("username")]
    wanted = {
        (f"{r['protocol']}-login", r["username"], r["remote_address"], bool(r["is_tls"]))
        for r in logins
        if r["succeeded"]
    }
    good = {
        (e["service"], e["username"], e["remote_address"], bool(e.get("is_tls")))
        for e in events(day)["dovecot.logged_in"]
    }
    bad = values(events(day)["dovecot.login_failed"], "username", "remote_address")
    failed = {
        (r["username"].partition("@")[0], r["remote_address"])  # auth_username_format = %n
        for r in logins
        if not r["succeeded"]
    }
    assert wanted
    assert wanted - good == set()
    assert failed
    assert failed - bad == set()
