"""Measures what the docs claim, and writes the machine beside each number."""
