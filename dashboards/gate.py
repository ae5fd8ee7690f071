"""The gate before the dashboard: every request shows a session, or gets the login page.

An ASGI middleware and the routes of login and logout; see access.py for what a session is.
"""

from html import escape
from urllib.parse import parse_qs, quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboards.access import COOKIE, SESSION_SECONDS, Access
from tracer.errors import TracerError

LOGIN, LOGOUT = "/login", "/logout"
_HEALTH = "/_stcore/health"
_LONGEST_FORM = 8192  # bytes
_SESSION_OVER = 4401  # code that closes a connection whose session has ended
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


class Gate:
    """Lets through who has a session, and everybody where nobody has to log in."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request or a connection; see the ASGI specification."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        try:
            await self._guard(scope, receive, send)
        except TracerError as error:  # the users' file is broken: nobody gets in
            if scope["type"] == "http":
                await PlainTextResponse(str(error), 503)(scope, receive, send)
            else:
                await send({"type": "websocket.close", "code": 1011})

    async def _guard(self, scope: Scope, receive: Receive, send: Send) -> None:
        token = HTTPConnection(scope).cookies.get(COOKIE)

        def allowed() -> bool:
            return self._access.is_open or self._access.user(token) is not None

        async def guarded_receive() -> Message:
            message = await receive()
            if message["type"] == "websocket.receive" and not allowed():
                await send({"type": "websocket.close", "code": _SESSION_OVER})
                return {"type": "websocket.disconnect", "code": _SESSION_OVER}
            return message

        path = scope["path"]
        if allowed() or path in (LOGIN, LOGOUT, _HEALTH):
            is_socket = scope["type"] == "websocket"
            await self._app(scope, guarded_receive if is_socket else receive, send)
        elif scope["type"] == "websocket":
            await receive()  # its beginning
            await send({"type": "websocket.close", "code": _SESSION_OVER})
        elif scope["method"] == "GET" and "text/html" in Request(scope).headers.get("accept", ""):
            asked = path + (
                f"?{scope['query_string'].decode('latin-1')}" * bool(scope["query_string"])
            )
            target = f"{LOGIN}?next={quote(asked, safe='')}"
            await RedirectResponse(target, 303)(scope, receive, send)
        else:
            await PlainTextResponse("log in first", 401)(scope, receive, send)


def routes(access: Access) -> list[Route]:
    """The pages to log in and out."""

    async def login(request: Request) -> Response:
        target = _own_path(request.query_params.get("next", "/"))
        if access.is_open:
            return RedirectResponse("/", 303)
        if request.method == "GET":
            return _page(target)
        if not _is_own(request):
            return PlainTextResponse("this form is of another page", 403)
        form = await _form(request)
        if form is None:
            return PlainTextResponse("too long", 413)
        address = request.client.host if request.client else ""
        token = await run_in_threadpool(
            access.log_in, form.get("name", ""), form.get("password", ""), address
        )
        if token is None:
            return _page(target, failed=True)
        answer = RedirectResponse(target, 303)
        answer.set_cookie(
            COOKIE,
            token,
            max_age=int(SESSION_SECONDS),
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )
        return answer

    async def logout(request: Request) -> Response:
        access.log_out(request.cookies.get(COOKIE))
        answer = RedirectResponse(LOGIN, 303)
        answer.delete_cookie(COOKIE)
        return answer

    return [
        Route(LOGIN, login, methods=["GET", "POST"]),
        Route(LOGOUT, logout, methods=["GET"]),
    ]


async def _form(request: Request) -> dict[str, str] | None:
    """The fields of a form; None where it is too long."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _LONGEST_FORM:
            return None
    return {name: values[0] for name, values in parse_qs(body.decode("latin-1")).items()}


def _is_own(request: Request) -> bool:
    """Whether the form was sent from a page of ours, as far as the browser tells."""
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


def _own_path(target: str) -> str:
    """A path of ours to go on to: nothing that a browser takes for another server."""
    is_own = target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if is_own and target.isprintable() else "/"


def _page(target: str, *, failed: bool = False) -> HTMLResponse:
    trouble = (
        '<p role="alert">Name and password do not fit, or there were too many attempts: '
        "then wait a quarter of an hour.</p>"
        if failed
        else ""
    )
    html = _PAGE.format(action=escape(f"{LOGIN}?next={quote(target, safe='')}"), trouble=trouble)
    return HTMLResponse(html, 401 if failed else 200, _HEADERS)


_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Mailtracer</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root {{ color-scheme: light dark; --back: #F3F6F9; --card: #FFF; --line: #D5DCE3;
  --text: #17212B; --act: #0072B2; --on: #FFF; }}
@media (prefers-color-scheme: dark) {{ :root {{ --back: #11161C; --card: #1B232C;
  --line: #33404D; --text: #E6EBF0; --act: #56B4E9; --on: #11161C; }} }}
body {{ margin: 0; min-height: 100vh; display: grid; place-items: center;
  background: var(--back); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }}
form {{ box-sizing: border-box; width: min(22rem, 100vw - 2rem); padding: 1.5rem;
  background: var(--card); border: 1px solid var(--line); border-radius: 6px; }}
h1 {{ margin: 0 0 1rem; font-size: 1.25rem; }}
label {{ display: block; margin-bottom: 1rem; }}
input {{ box-sizing: border-box; width: 100%; padding: .5rem; font: inherit; color: inherit;
  background: var(--back); border: 1px solid var(--line); border-radius: 6px; }}
button {{ width: 100%; padding: .5rem; font: inherit; font-weight: 600; color: var(--on);
  background: var(--act); border: 0; border-radius: 6px; cursor: pointer; }}
p {{ margin: 0 0 1rem; border-left: 3px solid #D55E00; padding-left: .75rem; }}
</style></head><body>
<form method="post" action="{action}">
<h1>Mailtracer</h1>{trouble}
<label>Name<input name="name" autocomplete="username" required autofocus></label>
<label>Password<input name="password" type="password" autocomplete="current-password" required>
</label><button>Log in</button>
</form></body></html>
"""
