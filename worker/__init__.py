"""Trains networks and keeps jobs; knows nothing of HTTP."""
