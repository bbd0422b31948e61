"""What every request passes on its way to a route. It never mentions jobs or models."""
