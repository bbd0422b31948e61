"""Speaks HTTP and looks after processes; knows nothing of arrays."""

__version__ = "0.1.0"
