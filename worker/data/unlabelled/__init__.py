"""Files without labels to rows that a model can be asked about. It never mentions classes."""
