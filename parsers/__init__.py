"""What a mail log line means: text in, typed events out. No I/O, no clock, no store."""
