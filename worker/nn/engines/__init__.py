"""What makes the core's formulas fast. It never mentions specs, files of data or jobs."""
