"""A small SMTP server in a thread: takes mail, refuses it, or hangs up, as it is told."""

import base64
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class MailServer:
    """What it is to do, and what came in.

    answer: to the end of DATA. context: for STARTTLS, where it has any; from the first byte on
    where it begins_encrypted. password: that it wants.
    """

    port: int = 0
    answer: str = "250 2.0.0 queued"
    context: ssl.SSLContext | None = None
    begins_encrypted: bool = False
    password: str | None = None
    mails: list[EmailMessage] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)

    def serve(self, handler: socketserver.StreamRequestHandler) -> None:
        secure = logged_in = False
        if self.begins_encrypted:
            secure = self._encrypt(handler)
            if not secure:
                return
        handler.wfile.write(b"220 test\r\n")
        while line := handler.rfile.readline().decode().strip():
            self.heard.append(line)
            command = line.split(maxsplit=1)[0].upper()
            if command == "EHLO":
                offers = [
                    "test",
                    *(["STARTTLS"] if self.context and not secure else []),
                    "AUTH PLAIN",
                ]
                for n, offer in enumerate(offers):
                    mark = " " if n == len(offers) - 1 else "-"
                    handler.wfile.write(f"250{mark}{offer}\r\n".encode())
            elif command == "STARTTLS":
                handler.wfile.write(b"220 go\r\n")
                secure = self._encrypt(handler)
                if not secure:
                    return
            elif command == "AUTH":
                word = base64.b64decode(line.split()[2]).split(b"\0")[2].decode()
                logged_in = word == self.password
                answer = b"235 ok\r\n" if logged_in else f"535 no {word}\r\n".encode()
                handler.wfile.write(answer)
            elif command == "DATA":
                handler.wfile.write(b"354 go\r\n")
                data = b""
                while (got := handler.rfile.readline()) != b".\r\n":
                    data += got.removeprefix(b".") if got.startswith(b"..") else got
                if self.answer.startswith("250"):
                    self.mails.append(message_from_bytes(data, policy=policy.default))
                handler.wfile.write(f"{self.answer}\r\n".encode())
            elif command == "QUIT":
                handler.wfile.write(b"221 bye\r\n")
                return
            elif "refused@" in line:
                handler.wfile.write(b"550 5.1.1 nobody\r\n")
            else:
                wants = self.password is not None and not logged_in and command == "MAIL"
                handler.wfile.write(b"530 log in\r\n" if wants else b"250 ok\r\n")

    def _encrypt(self, handler: socketserver.StreamRequestHandler) -> bool:
        """Whether the client trusted us."""
        assert self.context
        try:
            handler.request = self.context.wrap_socket(handler.request, server_side=True)
        except ssl.SSLError:
            return False
        handler.setup()
        return True


@contextmanager
def listening(server: MailServer) -> Iterator[MailServer]:
    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            server.serve(self)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as tcp:
        tcp.daemon_threads = True
        server.port = tcp.server_address[1]
        thread = threading.Thread(target=tcp.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            tcp.shutdown()
            thread.join()
