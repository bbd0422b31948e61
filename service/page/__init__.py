"""The page: its files, and who is signed in. Never mentions jobs, datasets or models."""
