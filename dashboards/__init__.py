"""What the browser shows: widgets only. Questions are asked through tracer.queries."""
