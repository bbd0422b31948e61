"""The whole service on one machine: processes, their folder, logs. It never mentions routes."""
