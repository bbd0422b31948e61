"""Kernels for a graphics processor. It never mentions Numba."""
