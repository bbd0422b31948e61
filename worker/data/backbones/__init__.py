"""Networks of others that make features: read, tried, run. It never mentions HTTP or records."""
