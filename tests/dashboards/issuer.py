"""An OpenID Connect provider on loopback that says whatever a test wants, right or wrong."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

CLIENT_ID, CLIENT_SECRET = "mailtracer", "s3cret, and long enough"


class Issuer:
    """Its answers, which a test may change; without changes they are right."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.key = RSAKey.generate_key(2048, {"kid": "1"})
        self.metadata: dict[str, Any] = {
            "issuer": url,
            "authorization_endpoint": f"{url}/authorize",
            "token_endpoint": f"{url}/token",
            "jwks_uri": f"{url}/jwks",
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
        }
        self.claims: dict[str, Any] = {
            "iss": url,
            "aud": CLIENT_ID,
            "sub": "4711",
            "iat": int(time.time()),
            "exp": int(time.time()) + 60,
        }
        self.userinfo: object = {}
        self.id_token: str | None = None  # in place of the claims, signed
        self.redeemed: list[dict[str, str]] = []

    def answer(self, path: str, form: dict[str, str]) -> object:
        if path == "/.well-known/openid-configuration":
            return self.metadata
        if path == "/jwks":
            return KeySet([self.key]).as_dict()
        if path == "/token":
            self.redeemed.append(form)
            token = self.id_token or jwt.encode({"alg": "RS256", "kid": "1"}, self.claims, self.key)
            return {"access_token": "x", "token_type": "Bearer", "id_token": token}
        return self.userinfo if path == "/userinfo" else None


@contextmanager
def listening() -> Iterator[Issuer]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            form = {k: v[0] for k, v in parse_qs(self.rfile.read(length).decode()).items()}
            content = json.dumps(issuer.answer(self.path, form)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET  # noqa: N815 - as http.server wants it

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        issuer = Issuer(f"http://127.0.0.1:{server.server_port}")
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield issuer
        finally:
            server.shutdown()
            thread.join()
