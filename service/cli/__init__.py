"""The command `purr`. It knows the HTTP contract, and nothing of what is behind it."""
