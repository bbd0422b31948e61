"""By which letters several jobs are called that are compared, in their order."""

LETTERS = "ABCDEFGHIJKLMNOPQRST"  # of as many as can be compared
