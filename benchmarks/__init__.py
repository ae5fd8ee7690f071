"""Logs of any length with a known truth, and the measurement against pflogsumm."""
