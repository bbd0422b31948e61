"""What the queue calls: one function, one id. It never mentions HTTP."""
