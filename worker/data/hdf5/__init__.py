"""Reads HDF5 files without trusting them. It never mentions zips or how pictures are encoded."""
