"""The commands of `purr`, a file for each noun."""
