"""From a spec and a dataset to a model. It never mentions Redis, RQ or HTTP."""
