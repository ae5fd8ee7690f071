"""Genuine mail logs, and the scripts that make them; see README.md in this folder."""
