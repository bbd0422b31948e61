"""All attacks: what each does, how often at full size, and what must hold."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.siege import connections, disks, followers, pictures, refusals, routes, rows, words
from tests.siege.bounds import MIB, Bounds
from tests.siege.measures import Siege

USUAL = Bounds()
USUAL_PLACE, SMALL_DISK, MANY_FILES = "usual", "small disk", "many files"
QUICK_PLACE = "small disk for all"
# A picture of the second client may have to wait, or to come again, where pictures are the attack.
AMONG_PICTURES = Bounds(predictions=frozenset({"200", "429"}), predict_s=60)
# And where every place is taken by who may not yet be sent away, only health can be asked.
CROWDED = Bounds(
    predictions=frozenset({"200", "503"}),
    refusals=frozenset({"too_many_connections"}),
    turned_away=3,
)
# What is answered here is many times what is sent; how much one request may take, `routes` holds.
SWOLLEN = Bounds(growth_bytes=512 * MIB, left_bytes=256 * MIB, predict_s=60)
# So many connections that are all served at once take some 50 KB each.
MANY = Bounds(growth_bytes=128 * MIB, left_bytes=128 * MIB)
# Where the disk is what is attacked, an upload is refused by 507 until it is there again.
FULL_DISK = Bounds(refusals=frozenset({"insufficient_storage"}))


@dataclass(frozen=True)
class Attack:
    """Something that was seen to use up an earlier version, or could.

    Attributes:
        about: what it does, for the table.
        full: how often, or how large, when all of it is done.
        quick: the same in the ordinary suite; 0: not there.
        place: where the service stands for it, by its name in `runs.PLACES`.
    """

    about: str
    run: Callable[[Siege, int], None]
    full: int
    quick: int
    bounds: Bounds = USUAL
    place: str = USUAL_PLACE


ATTACKS: dict[str, Attack] = {
    "webp_bombs": Attack(
        "WebP of 5,000 x 5,000 pixels in a thousand bytes, 20 at once",
        pictures.webp_bombs, 100, 2, AMONG_PICTURES,
    ),
    "slow_jpegs": Attack(
        "progressive JPEG of 400 scans, so many at once",
        pictures.slow_jpegs, 40, 2, AMONG_PICTURES,
    ),
    "leavers": Attack(
        "clients who leave while their pictures are decoded",
        pictures.leavers, 60, 1, AMONG_PICTURES,
    ),
    "slow_import": Attack(
        "a zip of so many such pictures, three small imports behind it",
        pictures.slow_import, 200, 24, AMONG_PICTURES,
    ),
    "wrong_rows": Attack(
        "texts in the place of rows: 1 MB so often at once, then 64 MB", rows.wrong_rows, 16, 2
    ),
    "zero_rows": Attack("64 MB of zeros, in rows that are answered", rows.zero_rows, 3, 0),
    "endless_rows": Attack(
        "64 MB of one number, one row or one bracket, so many at once", rows.endless_rows, 4, 1
    ),
    "long_names": Attack(
        "16 KB of rows for 1,000 classes of 256 characters", rows.long_names, 20, 1, SWOLLEN
    ),
    "long_specs": Attack("64 KB of a job's spec, wrong throughout", words.long_specs, 40, 4),
    "long_heads": Attack("heads of thousands of lines or signs", words.long_heads, 100, 10),
    "small_chunks": Attack("bodies in chunks of one byte", words.small_chunks, 40, 4),
    "near_boundaries": Attack(
        "forms of what might be a boundary", words.near_boundaries, 40, 4
    ),
    "long_parts": Attack("forms of endless or of very many parts", words.long_parts, 40, 4),
    "half_heads": Attack(
        "connections with half a head, at 1,024 descriptors",
        connections.half_heads, 1_100, 1_100, CROWDED,
    ),
    "half_bodies": Attack(
        "connections with half a body", connections.half_bodies, 1_100, 1_100, CROWDED
    ),
    "kept": Attack("idle kept connections", connections.kept, 1_100, 1_100, CROWDED),
    "slow_senders": Attack(
        "senders of a byte a second", connections.slow_senders, 1_100, 110, CROWDED
    ),
    "weights_unread": Attack(
        "readers who take nothing of a 75 MB model",
        connections.reads_nothing_of("/v1/models/{heavy}/versions/1/weights.safetensors"), 60, 20,
    ),
    "lists_unread": Attack(
        "readers who take nothing of lists of datasets",
        connections.reads_nothing_of("/v1/datasets?limit=100", fits=True), 200, 20,
    ),
    "events_unread": Attack(
        "readers who take nothing of events",
        connections.reads_nothing_of("/v1/jobs/{wide}/events", fits=True), 500, 50,
    ),
    "evaluations_unread": Attack(
        "readers who take nothing of what 1,000 classes were confused with",
        connections.reads_nothing_of("/v1/jobs/{wide}/evaluation"), 60, 20,
    ),
    "predictions_unread": Attack(
        "readers who take nothing of answers of 6 MB",
        connections.reads_no_prediction, 40, 4, SWOLLEN,
    ),
    "long_metrics": Attack(
        "pages and the whole of a job of so many epochs", followers.long_metrics, 1_000_000, 2_000
    ),
    "loud_refusals": Attack(
        "refused requests of 60 KB, with a key in the query", refusals.loud_refusals, 400, 40
    ),
    "packed_bodies": Attack(
        "64 KB that unpack to 64 MB, so many at once", refusals.packed_bodies, 8, 1
    ),
    "every_route": Attack(
        "each route's worst, bodies of at most so many MiB", routes.every_route, 64, 1
    ),
    "waiters": Attack(
        "callers who wait for one job", followers.waiters, 1_500, 150, MANY, MANY_FILES
    ),
    "endless_uploads": Attack(
        "uploads that do not end, on a disk of 1 GB",
        disks.endless_uploads, 4, 1, FULL_DISK, SMALL_DISK,
    ),
    "swollen_files": Attack(
        "HDF5 of a few MB that is 1.7 GB inside, on that disk",
        disks.swollen_files, 4, 1, FULL_DISK, SMALL_DISK,
    ),
}  # fmt: skip
