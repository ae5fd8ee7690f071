"""What events say of verdicts, senders' domains and logins: views, computed as they are read.

Nothing of it is stored: it costs nothing as logs are loaded, and better rules hold for the past
too. Each module gives its view as a function too, for those who read a part of the events: where
their condition is on `occurred_at`, with times written out, DuckDB skips what is outside.
"""

from tracer.views.authentications import authentications
from tracer.views.logins import logins
from tracer.views.verdicts import verdicts

VIEWS = tuple(
    f"CREATE OR REPLACE VIEW {view.__name__} AS {view()}"
    for view in (verdicts, authentications, logins)
)
