"""Trains what docs/learning.md tells of, and writes its plots and numbers."""
