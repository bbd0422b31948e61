"""Bodies and parameters, read strictly. It never mentions how answers look."""
