"""Measures steps, products and a job's own loop; starts a service for one comparison alone."""
