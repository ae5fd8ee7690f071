"""The pages that stand before the dashboard: to log in, and to be told why not. Plain HTML."""

from html import escape

from starlette.responses import HTMLResponse

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def form_page(
    action: str | None, elsewhere: tuple[str, str] | None, *, failed: bool = False
) -> HTMLResponse:
    """The page to log in.

    action: where name and password are sent; None where nobody has a password here.
    elsewhere: a provider's name, and the path that leads to it.
    """
    trouble = (
        '<p class="trouble" role="alert">Name and password do not fit, or there were too many '
        "attempts: then wait a quarter of an hour.</p>"
        if failed
        else ""
    )
    form = _FORM.format(action=escape(action)) if action else ""
    link = _ELSEWHERE.format(*map(escape, elsewhere)) if elsewhere else ""
    return _page(trouble + form + link, 401 if failed else 200)


def refusal_page(status: int, title: str, text: str, again: str) -> HTMLResponse:
    """The page that says why somebody is not logged in; again: the path to try once more."""
    said = f'<p class="trouble" role="alert"><b>{escape(title)}.</b><br>{escape(text)}</p>'
    return _page(f'{said}<a class="act" href="{escape(again)}">Try again</a>', status)


def _page(content: str, status: int) -> HTMLResponse:
    return HTMLResponse(_PAGE.format(content=content), status, _HEADERS)


_FORM = """<form method="post" action="{action}">
<label>Name<input name="name" autocomplete="username" required autofocus></label>
<label>Password<input name="password" type="password" autocomplete="current-password" required>
</label><button class="act">Log in</button></form>"""
_ELSEWHERE = '<a class="act" href="{1}">Log in with {0}</a>'
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
main {{ box-sizing: border-box; width: min(22rem, 100vw - 2rem); padding: 1.5rem;
  background: var(--card); border: 1px solid var(--line); border-radius: 6px; }}
h1 {{ margin: 0 0 1rem; font-size: 1.25rem; }}
label {{ display: block; margin-bottom: 1rem; }}
input {{ box-sizing: border-box; width: 100%; padding: .5rem; font: inherit; color: inherit;
  background: var(--back); border: 1px solid var(--line); border-radius: 6px; }}
.act {{ box-sizing: border-box; display: block; width: 100%; padding: .5rem; font: inherit;
  font-weight: 600; text-align: center; text-decoration: none; overflow-wrap: anywhere;
  color: var(--on); background: var(--act); border: 0; border-radius: 6px; cursor: pointer; }}
form + .act {{ margin-top: 1rem; }}
.trouble {{ margin: 0 0 1rem; border-left: 3px solid #D55E00; padding-left: .75rem;
  overflow-wrap: anywhere; }}
</style></head><body><main><h1>Mailtracer</h1>{content}</main></body></html>
"""
