"""Backups: what the store holds at one moment, put into one file or folder, and taken out of it."""
