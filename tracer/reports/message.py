"""A report as a mail: text that stands on its own, and HTML with its pictures inside."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import blake2b

from tracer.reports import as_html, as_text
from tracer.reports.model import Report


def message_id(name: str, day: date, sender: str) -> str:
    """That of a report's mail: the same each time, so that a second copy is known as one."""
    digest = blake2b(f"{name}\0{day}\0{sender}".encode(), digest_size=12).hexdigest()
    return f"<mailtracer.{day:%Y%m%d}.{digest}@{sender.rpartition('@')[2]}>"


def compose(report: Report, sender: str, to: Sequence[str], message_id: str) -> EmailMessage:
    """The mail."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = sender
    mail["To"] = ", ".join(to)
    mail["Subject"] = report.subject
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = message_id
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's vacation is to answer
    pictures: dict[str, bytes] = {}

    def inline(name: str, png: bytes) -> str:
        pictures[name] = png
        return f"cid:{_content_id(name, message_id)}"

    html = as_html.page(report, inline)
    mail.set_content(as_text.render(report))
    mail.add_alternative(html, subtype="html")
    related = mail.get_payload(1)
    assert isinstance(related, EmailMessage)
    for name, png in pictures.items():
        related.add_related(
            png,
            "image",
            "png",
            cid=f"<{_content_id(name, message_id)}>",
            filename=f"{name}.png",
            disposition="inline",
        )
    return mail


def _content_id(name: str, message_id: str) -> str:
    return f"{name}.{message_id.strip('<>')}"
