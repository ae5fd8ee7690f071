"""Which daemon a tag stands for, alike in Python and in SQL."""

import pytest

from parsers.headers import daemon_of, instance_of
from tests.parsers.headers.test_spellings import heads

TAGS = {
    "postfix/smtpd": ("postfix/smtpd", "postfix"),
    "postfix/submission/smtpd": ("postfix/smtpd", "postfix"),
    "postfix/smtp/smtpd": ("postfix/smtpd", "postfix"),
    "postfix-out/smtp": ("postfix/smtp", "postfix-out"),
    "mx1/qmgr": ("postfix/qmgr", "mx1"),
    "postfix/postfix": ("postfix/postfix", "postfix"),
    "postfix/postfix-tls-script": ("postfix/postfix-tls-script", "postfix"),
    "postfix/posttls-finger": ("postfix/posttls-finger", "postfix"),
    "postfix/nqmgr": ("postfix/nqmgr", "postfix"),
    "postfix/policy-spf": ("postfix/policy-spf", None),
    "postfwd3/master": ("postfwd3/master", None),
    "postfwd2/policy": ("postfwd2/policy", None),
    "cyrus/lmtp": ("cyrus/lmtp", None),
    "cyrus/master": ("cyrus/master", None),
    "/usr/sbin/amavisd-new": ("amavisd-new", None),
    "/usr/lib/postfix/sbin/smtpd": ("smtpd", None),
    "smtpd": ("smtpd", None),
    "postmulti": ("postfix/postmulti", None),
    "postfix": ("postfix", None),
    "dovecot": ("dovecot", None),
    "/": ("", None),
}


@pytest.mark.parametrize("tag", TAGS)
def test_a_tag_in_python(tag: str) -> None:
    assert (daemon_of(tag), instance_of(tag)) == TAGS[tag]


@pytest.mark.parametrize("stamp", ["Nov 24 03:37:01", "Nov 24 2026 03:37:01"])
def test_tags_in_sql(stamp: str) -> None:
    found = heads([f"{stamp} mx {tag}[1]: x" for tag in TAGS])
    assert [(head["daemon"], head["instance"]) for head in found] == list(TAGS.values())
