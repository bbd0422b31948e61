"""What a process may do no more: limits, files, system calls. It never mentions what it is for."""
