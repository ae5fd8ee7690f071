"""Spam, viruses and senders' domains, as scanners' and checkers' lines tell of them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from tracer.queries import spam
from tracer.queries.overview import Range, totals
from tracer.queries.spam import Rule, Vouched
from tracer.store import open_reader

DAY = Range(datetime(2026, 3, 1), datetime(2026, 3, 2))  # noqa: DTZ001 - naive UTC, as in the store

RSPAMD = (
    "2026-03-01T10:00:00+00:00 mx rspamd[7]: <8ae27d>; proxy; rspamd_task_write_log: id: "
    "<1@example.com>, qid: <A785B308622AB>, ip: 192.0.2.7, from: <news@example.com>, (default: F "
    "(add header): [7.50/15.00] [R_SPF_ALLOW(-0.20){+ip4:192.0.2.7;},R_DKIM_REJECT(1.00)"
    "{example.org:s=s1;},DMARC_POLICY_SOFTFAIL(0.10){example.net;none;},X(0.00){}]), len: 2348, "
    "time: 750.636ms real, dns req: 47, digest: <b1035f4fb07162ba88053d9e38df9c93>\n"
)
FOUND = (
    "2026-03-01T10:00:01+00:00 {host} clamd[9]: /tmp/x.tmp: Eicar-Signature FOUND\n"
    "2026-03-01T10:00:01+00:00 {host} clamd[9]: message repeated 2 times: [ /tmp/x.tmp:"
    " Eicar-Signature FOUND]\n"
)
MILTER = (
    "2026-03-01T10:00:02+00:00 {host} clamav-milter[8]: Message A785B308622AC from"
    " <a@x.example> to <b@y.example> with subject 'Invoice' message-id '<2@x.example>' date"
    " 'Sun, 1 Mar 2026 10:00:00 +0000' infected by Eicar-Signature\n"
    "2026-03-01T10:00:02+00:00 {host} postfix/cleanup[7]: A785B308622AC: milter-reject:"
    " END-OF-MESSAGE from x.example[192.0.2.1]: 5.7.1 Virus found; from=<a@x.example>"
    " to=<b@y.example> proto=ESMTP helo=<x.example>\n"
)
MESSAGE = """\
2026-03-01T11:00:00+00:00 mx postfix/smtpd[2]: 0A19F16272B: client=x.example[192.0.2.1]
2026-03-01T11:00:00+00:00 mx postfix/cleanup[2]: 0A19F16272B: message-id=<3@x.example>
2026-03-01T11:00:00+00:00 mx opendkim[2]: 0A19F16272B: DKIM verification successful
2026-03-01T11:00:00+00:00 mx opendkim[2]: 0A19F16272B: s=s1 d=X.example a=rsa-sha256 SSL\x20
2026-03-01T11:00:00+00:00 mx opendkim[2]: 0A19F16272C: DKIM verification successful
2026-03-01T11:00:00+00:00 mx postfix/qmgr[2]: 0A19F16272B: from=<s@x.example>, size=9, nrcpt=1 \
(queue active)
2026-03-01T11:00:01+00:00 mx spamd[2]: spamd: result: Y 12 - RULE_A,RULE_B scantime=0.2,size=9,\
user=u,uid=109,required_score=5.0,rhost=localhost,raddr=127.0.0.1,rport=3,mid=<3@x.example>,\
autolearn=no
2026-03-01T11:00:01+00:00 mx spamd[2]: spamd: result: . 1 - RULE_B scantime=0.2,size=9,user=u,\
uid=109,required_score=5.0,rhost=localhost,raddr=127.0.0.1,rport=3,mid=<4@x.example>,autolearn=no
2026-03-01T11:00:02+00:00 mx dovecot: lmtp(b)<5><abc>: sieve: msgid=<3@x.example>: fileinto \
action: stored mail into mailbox 'Junk'
2026-03-01T11:00:02+00:00 mx postfix/lmtp[2]: 0A19F16272B: to=<B@y.example>, relay=mx[private/l], \
delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 Saved)
"""


def test_a_message_is_scored_sent_and_filed(store_of: Callable[[str], Path]) -> None:
    with open_reader(store_of(MESSAGE)) as reader:
        scanned = spam.scanned(reader, DAY)
        handled = spam.handled(reader, DAY)
        vouched = spam.vouched(reader, DAY)
    assert scanned.programs == {("spamd", "spam"): 1, ("spamd", "clean"): 1}
    assert scanned.scores == {(12, "spam"): 1, (1, "clean"): 1}
    assert scanned.required == [5.0]
    assert scanned.rules == [Rule("RULE_B", 2, 1), Rule("RULE_A", 1, 1)]
    assert handled.done == {("mailbox", "Junk", "spam"): 1}
    assert handled.senders == {"s@x.example": 1}
    assert handled.recipients == {"b@y.example": 1}
    assert [line.text for line in handled.lines] == [MESSAGE.splitlines()[6]]
    signature = Vouched("x.example", count=1, passed=1, failed=0, signed=0)
    assert vouched["dkim"] == [signature, replace(signature, domain=None)]


def test_rspamds_symbols_are_rules_and_results_of_domains(store_of: Callable[[str], Path]) -> None:
    with open_reader(store_of(RSPAMD)) as reader:
        scanned = spam.scanned(reader, DAY)
        handled = spam.handled(reader, DAY)
        vouched = spam.vouched(reader, DAY)
    assert scanned.totals == {"spam": 1}
    assert scanned.scores == {(7, "spam"): 1}
    assert {rule.name for rule in scanned.rules} == {
        "DMARC_POLICY_SOFTFAIL", "R_DKIM_REJECT", "R_SPF_ALLOW", "X",
    }  # fmt: skip
    assert handled.done == {("scanner", "add header", "spam"): 1}
    assert handled.senders == {"news@example.com": 1}
    assert [(m, v.domain, v.passed, v.failed) for m, (v,) in vouched.items()] == [
        ("dkim", "example.org", 0, 1),
        ("spf", "example.com", 1, 0),
        ("dmarc", "example.net", 0, 1),
    ]


def test_viruses_are_those_of_the_first_page(store_of: Callable[[str], Path]) -> None:
    """On `mx` clamav-milter says what clamd found; `mx2` has clamd alone."""
    log = FOUND.format(host="mx") + MILTER.format(host="mx") + FOUND.format(host="mx2")
    with open_reader(store_of(log)) as reader:
        for host, count in ((None, 4), ("mx", 1), ("mx2", 3)):
            scanned = spam.scanned(reader, DAY, host)
            assert scanned.totals == {"virus": count}
            assert scanned.viruses == {"Eicar-Signature": count}
            assert totals(reader, DAY, host)["virus"] == count
        done = spam.handled(reader, DAY).done
    assert done == {("postfix", "milter-reject", "virus"): 1}


def test_each_line_counts_once_though_many_share_a_message_id(
    store_of: Callable[[str], Path],
) -> None:
    line = MESSAGE.splitlines()[6] + "\n"
    born = "".join(MESSAGE.splitlines(keepends=True)[:2])
    ids = [f"1A19F16{n:04X}" for n in range(300)]
    log = "".join(born.replace("0A19F16272B", queue_id) + line for queue_id in ids)
    with open_reader(store_of(log)) as reader:
        assert spam.handled(reader, DAY).senders == {None: 300}


def test_nothing_is_told_of_other_times_and_hosts(store_of: Callable[[str], Path]) -> None:
    with open_reader(store_of(MESSAGE + RSPAMD)) as reader:
        for span, host in ((DAY.before, None), (DAY, "other")):
            assert not spam.scanned(reader, span, host).programs
            assert not spam.handled(reader, span, host).lines
            assert not any(spam.vouched(reader, span, host).values())
