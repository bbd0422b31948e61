"""Networks of pictures as they answer. It never mentions training, specs or files."""

PRECISION = "float32"
TOGETHER = 8  # pictures, which take less time than one by one
LANE_BYTES = 2**24  # in which a thread computes these, unless one picture alone takes more
