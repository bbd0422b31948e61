"""Sockets, connections and HTTP/1.1. It never mentions routes."""
