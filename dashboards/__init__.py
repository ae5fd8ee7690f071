"""What the browser shows: widgets only. Questions are asked through tracer.queries."""

DB_VARIABLE = "MAILTRACER_DB"  # the environment variable that names the store
