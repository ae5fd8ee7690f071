"""How a mail leaves: by SMTP, encrypted where that is asked for, or through sendmail."""

import smtplib
import ssl
import subprocess
from email.message import EmailMessage

from tracer.errors import TracerError
from tracer.reports.settings import MailSettings

_TIMEOUT_SECONDS = 60.0


class NotSentError(TracerError):
    """The mail was not taken; it may be sent again later."""


def send(mail: EmailMessage, settings: MailSettings) -> str | None:
    """Hand it over; raises NotSentError unless it was taken for some recipient.

    What is given names those that were refused, where others were not: these must not get it again.
    """
    if settings.sendmail:
        _pipe(mail, settings.sendmail)
        return None
    place = f"{settings.server}, port {settings.server_port}"
    password = settings.password() if settings.username else ""
    try:
        with _connected(settings) as server:
            if settings.username:
                server.login(settings.username, password)
            refused = server.send_message(mail)
    except smtplib.SMTPAuthenticationError as error:
        raise NotSentError(
            f"{place} refused the login of {settings.username} ({error.smtp_code}): see username "
            "and password_file under [mail]"
        ) from None  # a server's answer may quote what it was told
    except smtplib.SMTPRecipientsRefused as error:
        address, (code, reply) = next(iter(error.recipients.items()))
        raise NotSentError(f"{place} refused {address}: {code} {_words(reply)}") from error
    except smtplib.SMTPResponseException as error:
        raise NotSentError(f"{place}: {error.smtp_code} {_words(error.smtp_error)}") from error
    except ssl.SSLError as error:
        raise NotSentError(f"{place}: no TLS: {error.reason or error}") from error
    except (smtplib.SMTPException, OSError) as error:
        raise NotSentError(f"{place}: {error}; see [mail]") from error
    told = (f"{address}: {code} {_words(reply)}" for address, (code, reply) in refused.items())
    return f"not to {', '.join(told)}" if refused else None


def _connected(settings: MailSettings) -> smtplib.SMTP:
    place = settings.server, settings.server_port
    if settings.security == "tls":
        return smtplib.SMTP_SSL(
            *place, timeout=_TIMEOUT_SECONDS, context=ssl.create_default_context()
        )
    server = smtplib.SMTP(*place, timeout=_TIMEOUT_SECONDS)
    if settings.security == "starttls":
        try:
            server.starttls(context=ssl.create_default_context())
        except BaseException:
            server.close()
            raise
    return server


def _pipe(mail: EmailMessage, program: str) -> None:
    try:
        done = subprocess.run(
            [program, "-t", "-oi"],
            input=bytes(mail).replace(b"\r\n", b"\n"),
            capture_output=True,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotSentError(f"{program}: {error}; see sendmail under [mail]") from error
    if done.returncode:
        raise NotSentError(f"{program} failed ({done.returncode}): {_words(done.stderr)}")


def _words(reply: bytes | str) -> str:
    return reply.decode("utf-8", "replace").strip() if isinstance(reply, bytes) else reply
