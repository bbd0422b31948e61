"""Steps of convolutional networks beside those of PyTorch and JAX."""
