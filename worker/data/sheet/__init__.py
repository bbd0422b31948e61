"""Pictures of a dataset on one sheet, to look at. It never mentions HTTP."""
