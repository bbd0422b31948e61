"""Kernels for the processor's cores. It never mentions CUDA."""
