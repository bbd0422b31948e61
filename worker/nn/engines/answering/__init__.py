"""Networks of pictures as they answer, by BLAS. It never mentions training, specs or files."""
