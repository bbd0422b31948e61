"""The truth about jobs and imports, in Redis: states, leases, messages. It never mentions HTTP."""
