"""Which rows of a job's metrics keep what is said of each layer: all at first, then ever fewer.

It depends on the epoch and the number of layers alone, so an attempt that goes on where another was
keeps the same.
"""

from worker.jsontypes import Json

# In a row a layer takes 170 bytes at most. In the longest job, of a million epochs, all layers of
# all rows stay below 70 MiB with this, however many layers it has.
WHOLE = 65_536  # layers, those of the first rows together, that are all kept


def layers_every(epoch: int, layers: int) -> int:
    """Returns of how many rows one keeps them at this epoch: of 1, then 2, 4, 8, … as the epochs
    double."""
    return 1 << ((epoch - 1) // (WHOLE // layers)).bit_length()


def keeps_layers(row: Json) -> bool:
    """Returns whether a row keeps what it says of each layer when there is a later one."""
    number, layers = number_of(row), row["layers"]
    return layers is not None and number % layers_every(number, len(layers)) == 0


def number_of(row: Json) -> int:
    """Returns which row of a job's metrics it is, from 1: its epoch, or where the job has several
    trainings, what the row says."""
    return int(row["row"] if "row" in row else row["epoch"])


def thinned(row: Json) -> Json:
    """Returns the row as it is kept when there is a later one."""
    return row if keeps_layers(row) else {**row, "gradient_norms": None, "layers": None}
