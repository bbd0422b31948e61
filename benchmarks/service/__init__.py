"""Measures the whole service: answers, submissions, jobs and their memory."""
