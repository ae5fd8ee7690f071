"""Declared line shapes of spamd, SpamAssassin's daemon."""
