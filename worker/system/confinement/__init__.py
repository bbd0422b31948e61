"""Rights that a process gives up: limits, files, system calls. It never mentions what it is for."""
