"""How a notice leaves: as JSON to a web address, or to a program's standard input."""

import http.client
import json
import subprocess
import urllib.error
import urllib.request
from collections.abc import Sequence
from typing import Any

from tracer.reports.sending import NotSentError

_TIMEOUT_SECONDS = 20.0


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """What is redirected would arrive as a GET, elsewhere."""

    def redirect_request(self, *_: Any) -> None:
        """Refuse."""


def post(facts: dict[str, Any], address: str) -> None:
    """POST it; raises NotSentError, which does not tell the address, unless the answer is 2xx."""
    request = urllib.request.Request(  # noqa: S310 - http and https only, see settings
        address,
        json.dumps(facts).encode(),
        {"Content-Type": "application/json", "User-Agent": "mailtracer"},
    )
    try:
        with urllib.request.build_opener(_NoRedirects).open(request, timeout=_TIMEOUT_SECONDS):
            return
    except urllib.error.HTTPError as error:
        error.close()
        raise NotSentError(f"the webhook answered {error.code}") from None
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise NotSentError(f"the webhook cannot be reached: {reason}") from None


def run(facts: dict[str, Any], command: Sequence[str]) -> None:
    """Run it without a shell, the facts as JSON on its standard input."""
    try:
        done = subprocess.run(
            [*command],
            input=json.dumps(facts).encode() + b"\n",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotSentError(f"{command[0]}: {error}; see command under [insights]") from error
    if done.returncode:
        words = done.stderr.decode("utf-8", "replace").strip()[:200]
        raise NotSentError(f"{command[0]} failed ({done.returncode}): {words}")
