"""What this process asks of the operating system. It never mentions jobs, data or networks."""
