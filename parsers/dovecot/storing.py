"""What Dovecot's own delivery agent refuses, and rejections that it could not send.

Tried after parsers.dovecot.sieve, as the Message-ID is the sender's choice. Reasons hold no angle
brackets, so that it imitates none of them unless it was cut.
"""

from parsers.dovecot import SESSION
from parsers.shapes import Shape

_MESSAGE = "{service:=lmtp|lda}" + SESSION + "[{:name}: ]msgid={message_id:msgid}: "

SHAPES = (
    Shape(
        event="dovecot.delivery_rejected",
        daemons=("dovecot",),
        template=_MESSAGE + "rejected: {reason:unbracketed}",
        samples=("lda(bob)<2188><S1>: msgid=<a@b>: rejected: Quota exceeded (mailbox is full)",),
        source="dovecot src/lda/main.c",
    ),
    Shape(
        event="dovecot.rejection_failed",
        daemons=("dovecot",),
        template=(
            _MESSAGE + "{action:=Auto-submitted message discarded|Return-Path missing, rejection "
            "reason|Permanently failed to send rejection|Temporarily failed to send rejection}: "
            "{reason:rest}",
            _MESSAGE + "Invalid postmaster_address - {action:=can't send rejection}: {reason:rest}",
        ),
        samples=(
            "lda(bob)<2188><S1>: msgid=<a@b>: Auto-submitted message discarded: Quota exceeded",
            (
                "lda(bob)<2188><S1>: msgid=<a@b>: Invalid postmaster_address - can't send "
                "rejection: Invalid character in localpart"
            ),
        ),
        source="dovecot src/lib-lda/mail-send.c",
    ),
)
