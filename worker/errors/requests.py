"""What a caller sent that cannot be used."""

from worker.errors.base import WorkerError


class InvalidParameter(WorkerError):
    """A value has the right form but cannot be used here."""

    code = "invalid_parameter"


class MalformedBody(WorkerError):
    """The body is not the JSON that it claims to be."""

    code = "malformed_request"


class CorruptFile(WorkerError):
    """The bytes are not the kind of file they claim to be, or are damaged."""

    code = "corrupt_file"


class UnsafeFile(WorkerError):
    """The file refers to something outside itself, or would run code."""

    code = "unsafe_file"


class UnsupportedFile(WorkerError):
    """The file may be sound, but it is of a kind that is not read here."""

    code = "unsupported_media_type"


class LimitExceeded(WorkerError):
    """Decoded or estimated, it is larger than a limit of this service allows."""

    code = "limit_exceeded"


class TooCostly(WorkerError):
    """A picture takes more time or memory to decode than there is for one."""

    code = "too_costly"


class TooLarge(WorkerError):
    """More bytes came over the wire than the limit allows."""

    code = "too_large"


class ChecksumMismatch(WorkerError):
    """The bytes of a piece are not those that were meant."""

    code = "checksum_mismatch"


class IdempotencyConflict(WorkerError):
    """The key was used before, for another request."""

    code = "idempotency_conflict"
