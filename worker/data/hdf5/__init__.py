"""HDF5 files, read without trust in them. It never mentions pictures or zips."""
