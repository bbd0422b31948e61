"""Answers that last: events, and changes that callers wait for. It never mentions the store."""
