"""The pages of spam, viruses and logins, over real stores."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

from dashboards import data, tables
from tests.dashboards.conftest import DAY, Opener, ingest, page_text
from tests.dashboards.test_rejections_and_delivery import counts, table

SPAM = "spam-and-viruses"
NEVER = {"range": "Custom", "from": "2020-01-01T00:00", "to": "2020-01-02T00:00"}


def rows(page: AppTest, *columns: str) -> list[tuple[object, ...]]:
    shown = table(page, columns[0])
    return list(shown[list(columns)].itertuples(index=False, name=None))


def test_spam_and_viruses_are_as_many_as_on_the_first_page(
    day_store: Path, open_page: Opener
) -> None:
    page = open_page(day_store, SPAM, range="All")
    assert page.title[0].value == "How much is spam or a virus, and what becomes of it?"
    counted = counts()
    assert counted["spam"]
    assert counted["virus"]
    assert f"**{counted['spam']:,} spam**" in page_text(page)
    assert f"**and {counted['virus']:,} viruses**" in page_text(page)
    assert table(page, "Virus")["Count"].sum() == counted["virus"]
    assert table(page, "Sender")["Count"].sum() == counted["spam"]
    assert (("spamd", "spam", counted["spam"])) in rows(page, "Scanner", "Verdict", "Count")


def test_what_became_of_spam_is_told(day_store: Path, open_page: Opener) -> None:
    page = open_page(day_store, SPAM, range="All")
    done = rows(page, "Where", "What", "Of")
    assert ("Filed in the mailbox", "Spam", "spam") in done
    assert ("By Postfix", "milter-reject", "virus") in done
    assert table(page, "Recipient")["Recipient"].str.contains("@").all()
    assert (table(page, "Rule")["In spam"] <= table(page, "Rule")["In all"]).all()


def test_signatures_are_told_by_domain(day_store: Path, open_page: Opener) -> None:
    page = open_page(day_store, SPAM, range="All")
    shown = table(page, "Signed by us").set_index("Domain")
    (verified,) = (
        data.reader()
        .query("SELECT count(*) AS n FROM events WHERE event = 'opendkim.signature_verified'")
        .to_pylist()
    )
    assert shown["Passed"].sum() == verified["n"]
    assert {"lab.example", "partner.example"} <= set(shown.index)
    assert shown.loc["lab.example", "Signed by us"] > 0


def test_a_link_shows_the_mechanism_that_was_chosen(tmp_path: Path, open_page: Opener) -> None:
    samples = DAY.parent
    logs = (samples / "opendkim" / "bad-signature.log", samples / "policyd-spf" / "results.log")
    db = ingest(tmp_path / "vouched.duckdb", *logs)
    only_of_spf = "bank.example"
    shown = table(open_page(db, SPAM, range="All"), "Signed by us")
    assert only_of_spf not in set(shown["Domain"])
    linked = table(open_page(db, SPAM, range="All", mechanism="SPF"), "Signed by us")
    assert only_of_spf in set(linked["Domain"])


def test_spam_is_not_to_be_found_where_nothing_is(day_store: Path, open_page: Opener) -> None:
    page = open_page(day_store, SPAM, **NEVER)
    assert not page.exception
    assert "No scanner told of a message from" in page_text(page)
    assert "No line tells of DKIM, SPF or DMARC" in page_text(page)


def test_text_of_scanners_lines_is_no_markup(tmp_path: Path, open_page: Opener) -> None:
    log = tmp_path / "mail.log"
    log.write_text(
        "2026-11-24T12:00:00+00:00 mx clamd[1]: /tmp/x: **bold**<script>alert(1)</script> FOUND\n"
    )
    page = open_page(ingest(tmp_path / "hostile.duckdb", log), SPAM)
    assert "**1 virus**" not in page_text(page)
    assert list(table(page, "Virus")["Virus"]) == ["**bold**<script>alert(1)</script>"]
    assert "bold" not in page_text(page)
    assert [html.proto.body for html in page.get("html")] == [tables.STYLE]


def test_logins_are_those_that_lines_tell_of(day_store: Path, open_page: Opener) -> None:
    page = open_page(day_store, "logins", range="All")
    assert page.title[0].value == "Who logs in, and who tries to?"
    (told,) = (
        data.reader()
        .query("""
        SELECT count(*) FILTER (event = 'dovecot.logged_in' OR event = 'postfix.client_assigned'
                AND sasl_username IS NOT NULL) AS good,
            count(*) FILTER (event = 'postfix.authentication_failed')
                + sum(attempt_count) FILTER (event = 'dovecot.login_failed')::BIGINT AS failed
        FROM events
    """)
        .to_pylist()
    )
    said = f"**{told['good']} logins were good, {told['failed']} failed**"
    assert said in page_text(page)
    for column in ("Users", "Addresses"):  # of each address, and of each user
        shown = [t.value for t in page.dataframe if column in t.value][-1]
        assert shown["Good"].sum() == told["good"]
        assert shown["Failed"].sum() == told["failed"]
    assert table(page, "Reason")["Count"].sum() == told["failed"]
    suspects = next(t.value for t in page.dataframe if "Users" in t.value)
    assert list(suspects["Address"]) == ["203.0.113.66"]
    assert ("alice", "198.51.100.50", "imap") in rows(page, "User", "Address", "Service")


def test_a_password_that_was_guessed_is_shown(tmp_path: Path, open_page: Opener) -> None:
    name = "**bold**<script>alert(1)</script>"
    log = tmp_path / "mail.log"
    log.write_text(
        "".join(
            f"2026-11-24T12:00:0{n}+00:00 mx postfix/smtpd[1]: warning: x.example[192.0.2.1]:"
            f" SASL LOGIN authentication failed: (reason unavailable), sasl_username={name}\n"
            for n in range(5)
        )
        + "2026-11-24T12:01:00+00:00 mx postfix/smtpd[1]: 0A19F16272B: client=x.example[192.0.2.1],"
        f" sasl_method=LOGIN, sasl_username={name}\n"
    )
    page = open_page(ingest(tmp_path / "guessed.duckdb", log), "logins")
    assert "**1 of the good came after many failures**" in page_text(page)
    columns = ("Failed from there", "User", "Address", "Service", "Failed of user")
    assert rows(page, *columns) == [(5, name, "192.0.2.1", "smtp", 5)]
    assert "bold" not in page_text(page)
    assert [html.proto.body for html in page.get("html")] == [tables.STYLE]


def test_a_login_from_a_new_network_is_shown(tmp_path: Path, open_page: Opener) -> None:
    log = tmp_path / "mail.log"
    places = {21: "192.0.2.1", 22: "192.0.2.2", 23: "192.0.2.3", 24: "198.51.100.9"}
    log.write_text(
        "".join(
            f"2026-11-{day}T12:00:00+00:00 mx postfix/smtpd[1]: 0A19F162{day}B: client=x.example"
            f"[{address}], sasl_method=LOGIN, sasl_username=<i>anna</i>\n"
            for day, address in places.items()
        )
    )
    page = open_page(ingest(tmp_path / "unusual.duckdb", log), "logins", range="24h")
    columns = ("Networks before", "User", "Address", "Service", "Days before")
    assert rows(page, *columns) == [(1, "<i>anna</i>", "198.51.100.9", "smtp", 3)]
    assert "<i>" not in page_text(page)


def test_nobody_logs_in_where_nothing_is(day_store: Path, open_page: Opener) -> None:
    page = open_page(day_store, "logins", **NEVER)
    assert not page.exception
    assert "Nobody logged in or tried to from" in page_text(page)
