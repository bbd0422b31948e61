"""Processes that are asked one thing after another. It never mentions what they are asked."""
