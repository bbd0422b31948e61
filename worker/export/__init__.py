"""Models that are taken away, to be asked elsewhere. It never mentions Redis or HTTP."""
