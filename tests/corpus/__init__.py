"""Uploads of every kind, sound and bad, each with what the service is to say of it."""
