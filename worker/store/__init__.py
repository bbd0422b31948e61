"""Datasets, jobs and models as they are kept, behind one door. It never mentions Redis or HTTP."""
