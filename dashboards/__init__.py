"""What the browser shows: widgets only. Questions are asked through tracer.queries."""

DB_VARIABLE = "MAILTRACER_DB"  # the environment variable that names the store
KEEP_VARIABLE = "MAILTRACER_KEEP"  # for how many days lines are kept, and the zone of these days
