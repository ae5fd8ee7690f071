"""The gate before the dashboard: every request shows a session, or gets the login page.

An ASGI middleware and the routes of login and logout; see access.py for what a session is.
"""

import sys
from urllib.parse import parse_qs, quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboards.access import COOKIE, SESSION_SECONDS, Access
from dashboards.login_page import form_page, refusal_page
from dashboards.sign_on import LOGIN_SECONDS, Provider, UnreachableError
from tracer.cli.terminal import safe
from tracer.errors import TracerError
from tracer.oidc import CALLBACK, display_name

LOGIN, LOGOUT, LEAVE = "/login", "/logout", "/login/provider"
_OPEN = (LOGIN, LOGOUT, LEAVE, CALLBACK, "/_stcore/health")
_LOGIN_COOKIE = "mailtracer_login"  # while the browser is with the provider
_LONGEST_FORM = 8192  # bytes
_SESSION_OVER = 4401  # code that closes a connection whose session has ended


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
        if allowed() or path in _OPEN:
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


def routes(access: Access, provider: Provider | None = None) -> list[Route]:
    """The pages to log in and out."""

    def page(target: str, *, failed: bool = False) -> Response:
        elsewhere = (provider.settings.provider, _path(LEAVE, target)) if provider else None
        action = _path(LOGIN, target) if access.users() else None
        return form_page(action, elsewhere, failed=failed)

    async def login(request: Request) -> Response:
        target = _own_path(request.query_params.get("next", "/"))
        if access.is_open:
            return RedirectResponse("/", 303)
        if request.method == "GET":
            return page(target)
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
            return page(target, failed=True)
        answer = RedirectResponse(target, 303)
        _set_cookie(answer, request, COOKIE, token, SESSION_SECONDS)
        return answer

    async def logout(request: Request) -> Response:
        if request.method == "GET":  # as any link may have it
            return RedirectResponse("/", 303)
        if not _is_own(request):
            return PlainTextResponse("this form is of another page", 403)
        id_token = access.log_out(request.cookies.get(COOKIE))
        elsewhere = None
        if provider and id_token:
            try:
                elsewhere = await run_in_threadpool(provider.logout_url, id_token)
            except TracerError as error:  # the login here has ended whatever the provider says
                _log("logout", error)
        answer = RedirectResponse(elsewhere or LOGIN, 303)
        answer.delete_cookie(COOKIE)
        return answer

    found = [
        Route(LOGIN, login, methods=["GET", "POST"]),
        Route(LOGOUT, logout, methods=["GET", "POST"]),
    ]
    return found + _provider_routes(access, provider) if provider else found


def _provider_routes(access: Access, provider: Provider) -> list[Route]:
    name = provider.settings.provider

    async def leave(request: Request) -> Response:
        target = _own_path(request.query_params.get("next", "/"))
        try:
            url, kept = await run_in_threadpool(provider.begin, target)
        except TracerError as error:
            return _told(error, name)
        answer = RedirectResponse(url, 303)
        _set_cookie(answer, request, _LOGIN_COOKIE, kept, LOGIN_SECONDS)
        return answer

    async def come_back(request: Request) -> Response:
        answer = await come_back_checked(request)
        answer.delete_cookie(_LOGIN_COOKIE)
        return answer

    async def come_back_checked(request: Request) -> Response:
        given = request.query_params
        kept = provider.remembered(request.cookies.get(_LOGIN_COOKIE), given.get("state"))
        if kept is None:
            return refusal_page(
                400, "This login is over", "It was begun in another browser or window, or more "
                "than ten minutes ago.", LOGIN,
            )  # fmt: skip
        if "code" not in given:
            return refusal_page(
                403, "You are not logged in", f"{name} says: "
                + (given.get("error_description") or given.get("error") or "nothing"), LOGIN,
            )  # fmt: skip
        try:
            came = await run_in_threadpool(provider.login, given["code"], kept)
        except TracerError as error:
            return _told(error, name)
        person, role = display_name(came.claims), provider.settings.role(came.claims)
        if role is None:
            return refusal_page(
                403, "You may not see this", f"{name} knows you as {person}, but neither this "
                "address nor a group of yours has a role here. Ask who runs Mailtracer to add you "
                "to [dashboard.oidc] in its configuration.", LOGIN,
            )  # fmt: skip
        answer = RedirectResponse(_own_path(kept["target"]), 303)
        token = access.admit(person, role, came.id_token)
        _set_cookie(answer, request, COOKIE, token, SESSION_SECONDS)
        return answer

    return [
        Route(LEAVE, leave, methods=["GET"]),
        Route(CALLBACK, come_back, methods=["GET"]),
    ]


def _told(error: TracerError, name: str) -> Response:
    """What the viewer needs to know; who runs the dashboard is told all."""
    _log("login", error)
    if isinstance(error, UnreachableError):
        return refusal_page(
            503, "Nobody can log in now", f"{name} gives no answer. Try again in a while.", LOGIN
        )
    return refusal_page(
        502, "You are not logged in", f"What {name} answered is not as it should be. The "
        "dashboard's own log says what is wrong.", LOGIN,
    )  # fmt: skip


def _log(what: str, error: TracerError) -> None:
    print(f"mailtracer: {what}: {safe(str(error))}", file=sys.stderr, flush=True)


def _set_cookie(answer: Response, request: Request, name: str, value: str, seconds: float) -> None:
    """Set one that scripts cannot read, and no other server's forms send."""
    answer.set_cookie(
        name,
        value,
        max_age=int(seconds),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )


def _path(path: str, target: str) -> str:
    return f"{path}?next={quote(target, safe='')}"


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
