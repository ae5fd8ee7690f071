"""What events and projections say of deliveries, recipients and connections: computed as read.

Nothing of it is stored: it costs nothing as logs are loaded, and better rules hold for the past
too. Some modules give their view as a function of a condition too, for those who read a part of
the events: where it is on `occurred_at`, with times written out, DuckDB skips what is outside.
"""

from tracer.views.connections import connections
from tracer.views.deliveries import deliveries
from tracer.views.recipients import recipients

VIEWS = (f"CREATE OR REPLACE VIEW connections AS {connections()}",)
# Over what projections make, too.
DERIVED_VIEWS = tuple(
    f"CREATE OR REPLACE VIEW {view.__name__} AS {view()}" for view in (deliveries, recipients)
)
