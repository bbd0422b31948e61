"""Models that answer. It never mentions Redis or HTTP."""
