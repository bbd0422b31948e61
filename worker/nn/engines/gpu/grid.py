"""How the work of a kernel is shared out among blocks of threads."""

THREADS, MOST_BLOCKS, LANES = 256, 4_096, 32  # LANES: as in the kernels
COLUMN_THREADS = 1_024
PIECE_ROWS = 4_096  # whose sums are made before those of all rows; ROWS in the kernels


def blocks_for(count: int) -> int:
    """Blocks for a kernel that does something to each of so many numbers."""
    return min(MOST_BLOCKS, -(-count // THREADS))


def pieces_of(m: int) -> int:
    """Pieces in which the columns of so many rows are summed."""
    return -(-m // PIECE_ROWS)


def column_blocks(m: int, n: int) -> int:
    """Blocks of COLUMN_THREADS for a kernel that sums the columns of rows, (m, n)."""
    return pieces_of(m) * -(-n // LANES)
