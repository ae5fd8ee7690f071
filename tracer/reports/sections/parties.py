"""Who sent and who received most: addresses, domains, clients and logins."""

from tracer.queries.report import parties
from tracer.reports.model import Column, Request, Row, Section, Table
from tracer.store import Reader

_COUNT = (Column("count", "Messages", "count"), Column("size_bytes", "Size", "bytes"))
_RESULTS = (
    Column("delivered", "Delivered", "count"),
    Column("deferred", "Deferrals", "count"),
    Column("bounced", "Bounced", "count"),
)


def build(reader: Reader, request: Request) -> Section | None:
    """The section; None where no details are asked for."""
    scope, limit = request.scope, request.detail
    if not limit:
        return None
    sending = parties.sending(reader, scope, limit)
    receiving = parties.receiving(reader, scope, limit)
    tables = (
        Table(
            "senders",
            "Senders",
            [Column("sender", "Sender"), *_COUNT],
            [
                _row(row, sender=row["name"] or "<> (notifications and bounces)")
                for row in sending["senders"]
            ],
        ),
        Table(
            "sender_domains",
            "Domains of senders",
            [Column("domain", "Domain"), *_COUNT],
            [_row(row, domain=row["name"]) for row in sending["sender_domains"]],
        ),
        Table(
            "recipients",
            "Recipients",
            [Column("recipient", "Recipient"), *_RESULTS],
            [_results(row, "recipient") for row in receiving["recipients"]],
        ),
        Table(
            "recipient_domains",
            "Domains of recipients",
            [Column("domain", "Domain"), *_RESULTS],
            [_results(row, "domain") for row in receiving["recipient_domains"]],
        ),
        Table(
            "clients",
            "Clients",
            [Column("client_address", "Address"), Column("client_name", "Name"), *_COUNT],
            [
                _row(row, client_address=row["name"], client_name=row["client_name"])
                for row in sending["clients"]
            ],
        ),
        Table(
            "logins",
            "Logins that sent",
            [Column("sasl_username", "Login"), *_COUNT],
            [_row(row, sasl_username=row["name"]) for row in sending["logins"]],
        ),
    )
    return Section("parties", "Who", "Those with most messages.", tables)


def _row(row: Row, **names: str) -> Row:
    return {**names, "count": row["count"], "size_bytes": row["size_bytes"]}


def _results(row: Row, name: str) -> Row:
    return {name: row["name"], **{column.name: row[column.name] for column in _RESULTS}}
