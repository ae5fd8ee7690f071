"""How mail leaves: over a real socket, encrypted, the password seen by nobody, or not at all."""

import ssl
import subprocess
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.tracer.reports.mailserver import MailServer, listening
from tracer.errors import TracerError
from tracer.reports import sending
from tracer.reports.sending import NotSentError, send
from tracer.reports.settings import PASSWORD_VARIABLE, MailSettings


def mail() -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "m@lab.example", "p@lab.example", "Übersicht"
    made.set_content("one\n.\n..two\nthree\n")
    return made


def local(server: MailServer, **more: str) -> MailSettings:
    return MailSettings(server="localhost", port=server.port, **more)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
         "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", path, "-out",
         path.with_suffix(".crt")],
        check=True, capture_output=True,
    )  # fmt: skip
    path.write_bytes(path.read_bytes() + path.with_suffix(".crt").read_bytes())
    return path


def test_what_is_sent_arrives() -> None:
    with listening(MailServer()) as server:
        send(mail(), local(server))
    (got,) = server.mails
    assert got["Subject"] == "Übersicht"
    assert got.get_content().splitlines() == ["one", ".", "..two", "three"]


def test_the_password_goes_encrypted_only(
    certificate: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    word = tmp_path / "word"
    word.write_text("s3cret\n")
    trusting = ssl.create_default_context(cafile=str(certificate.with_suffix(".crt")))
    with listening(MailServer(context=context, password="s3cret")) as server:
        settings = local(server, security="starttls", username="m", password_file=str(word))
        with pytest.raises(NotSentError, match="no TLS"):  # nobody vouches for the certificate
            send(mail(), settings)
        monkeypatch.setattr(sending.ssl, "create_default_context", lambda: trusting)
        send(mail(), settings)
        monkeypatch.setenv(PASSWORD_VARIABLE, "wr0ng")
        with pytest.raises(NotSentError) as failed:
            send(mail(), settings)
    assert len(server.mails) == 1
    assert [h.split()[0] for h in server.heard].count("AUTH") == 2
    shown = f"{failed.value} {failed.value.__cause__} {failed.value.__context__ and ''}"
    assert "wr0ng" not in shown
    assert "535" in shown


def test_a_server_may_speak_tls_from_the_first_byte_on(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    trusting = ssl.create_default_context(cafile=str(certificate.with_suffix(".crt")))
    monkeypatch.setenv(PASSWORD_VARIABLE, "s3cret")
    wanted = MailServer(context=context, begins_encrypted=True, password="s3cret")
    with listening(wanted) as server:
        with pytest.raises(NotSentError, match="no TLS"):
            send(mail(), local(server, security="tls", username="m"))
        monkeypatch.setattr(sending.ssl, "create_default_context", lambda: trusting)
        send(mail(), local(server, security="tls", username="m"))
    assert len(server.mails) == 1


def test_the_password_may_be_a_credential_of_systemd(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mailtracer.smtp-password").write_text("s3cret\n")
    monkeypatch.delenv(PASSWORD_VARIABLE, raising=False)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert MailSettings(username="m").password() == "s3cret"


def test_a_server_without_tls_gets_nothing(tmp_path: Path) -> None:
    with listening(MailServer()) as server, pytest.raises(NotSentError):
        send(mail(), local(server, security="starttls"))
    assert not server.mails
    assert not [line for line in server.heard if line.startswith(("AUTH", "MAIL"))]


def test_a_password_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PASSWORD_VARIABLE, raising=False)
    with pytest.raises(TracerError, match="password_file"):
        send(mail(), MailSettings(username="m", security="tls"))


def test_an_empty_password_file_is_no_password(tmp_path: Path) -> None:
    word = tmp_path / "password"
    word.write_text("\n")
    with pytest.raises(TracerError, match="is empty: write the password into it"):
        MailSettings(username="m", password_file=str(word)).password()


@pytest.mark.parametrize("answer", ["451 4.3.0 later", "554 5.7.1 never"])
def test_what_is_refused_is_an_error_in_the_servers_words(answer: str) -> None:
    with (
        listening(MailServer(answer=answer)) as server,
        pytest.raises(NotSentError, match=answer[4:]),
    ):
        send(mail(), local(server))


def test_one_recipient_who_is_refused_is_named_and_the_others_have_it() -> None:
    both = mail()
    both.replace_header("To", "p@lab.example, refused@lab.example")
    with listening(MailServer()) as server:
        assert send(both, local(server)) == "not to refused@lab.example: 550 5.1.1 nobody"
        both.replace_header("To", "refused@lab.example")
        with pytest.raises(NotSentError, match=r"refused refused@lab\.example: 550 5\.1\.1"):
            send(both, local(server))
    assert len(server.mails) == 1


def test_a_server_that_is_down_is_an_error() -> None:
    with pytest.raises(NotSentError, match="port 1:"):
        send(mail(), MailSettings(server="127.0.0.1", port=1))


def test_sendmail_reads_the_recipients_from_the_mail(tmp_path: Path) -> None:
    program, got = tmp_path / "sendmail", tmp_path / "got"
    program.write_text(f'#!/bin/sh\necho "$@" > {got}; cat >> {got}\n')
    program.chmod(0o755)
    send(mail(), MailSettings(sendmail=str(program)))
    assert got.read_text().startswith("-t -oi\n")
    assert "To: p@lab.example\n" in got.read_text()
    program.write_text("#!/bin/sh\necho 'no such user' >&2; exit 67\n")
    with pytest.raises(NotSentError, match=r"67\): no such user"):
        send(mail(), MailSettings(sendmail=str(program)))
    with pytest.raises(NotSentError, match="see sendmail"):
        send(mail(), MailSettings(sendmail=str(tmp_path / "none")))
