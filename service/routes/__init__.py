"""One file for each noun: parse, call one operation, answer."""
