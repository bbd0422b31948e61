"""Messages about jobs' ends on their way to receivers. It never mentions routes."""
