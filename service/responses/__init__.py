"""Answers: pages, streams of rows, predictions. It never mentions how bodies are read."""
