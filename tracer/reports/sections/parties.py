"""Who sent and who received most: addresses, domains, clients and logins."""

from tracer.queries.report import parties
from tracer.reports.model import Column, Request, Section, Table
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
    senders = [
        {**row, "envelope_sender": row["envelope_sender"] or "<> (notifications and bounces)"}
        for row in parties.senders(reader, scope, limit)
    ]
    tables = (
        Table("senders", "Senders", [Column("envelope_sender", "Sender"), *_COUNT], senders),
        Table(
            "sender_domains",
            "Domains of senders",
            [Column("domain", "Domain"), *_COUNT],
            parties.sender_domains(reader, scope, limit),
        ),
        Table(
            "recipients",
            "Recipients",
            [Column("recipient", "Recipient"), *_RESULTS],
            parties.recipients(reader, scope, limit),
        ),
        Table(
            "recipient_domains",
            "Domains of recipients",
            [Column("domain", "Domain"), *_RESULTS],
            parties.recipient_domains(reader, scope, limit),
        ),
        Table(
            "clients",
            "Clients",
            [Column("client_address", "Address"), Column("client_name", "Name"), *_COUNT],
            parties.clients(reader, scope, limit),
        ),
        Table(
            "logins",
            "Logins that sent",
            [Column("sasl_username", "Login"), *_COUNT],
            parties.logins(reader, scope, limit),
        ),
    )
    return Section("parties", "Who", "Those with most messages.", tables)
