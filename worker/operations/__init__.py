"""What the service may ask for. It never mentions HTTP."""
