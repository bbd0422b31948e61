"""Datasets, jobs and models as they are kept. It never mentions Redis or HTTP."""
