"""What the service may ask for about datasets: records, queue and store together."""

from collections.abc import Iterator, Sequence

from worker.jobs.filtered_pages import Filter
from worker.jobs.record import Record
from worker.operations.imports import Imports

DAY_S = 24 * 3600


class Datasets(Imports):
    """Uploads, and the datasets that became of them.

    Every method raises QueueUnavailable if Redis does not answer, or has forgotten a dataset and is
    being told of it again; and DatasetNotFound if there is no such dataset.
    """

    def filtered(
        self, parts: Sequence[str], filters: Sequence[Filter], limit: int, after: str | None
    ) -> Iterator[tuple[str, Record | None]]:
        """Yields up to `limit` datasets that pass filters, as records are; none that are going."""
        for record_id, record in self._records.filtered(parts, filters, limit, after):
            if record is None or not record.going:
                yield record_id, record

    def bytes(self, dataset_id: str) -> int:
        """Returns what the files of a dataset take on the disk: its upload, until it is imported,
        and then its arrays."""
        return self._store.uploads.bytes(dataset_id) + self._store.dataset_bytes(dataset_id)

    def delete(self, dataset_id: str) -> None:
        """Put a dataset into the trash for PURR_TRASH_DAYS, or delete it for good if that is 0.
        Models that were trained on it stay. To delete it again changes nothing.

        Raises:
            IllegalMove: it is still being imported, or a job or a version that has not ended uses
                it.
            StoreFull: the disk is full.
        """
        dataset = self.get(dataset_id)
        with self._store.archive.remembering(dataset_id):
            self._trash.put(dataset, self._settings.trash_days * DAY_S)

    def restore(self, dataset_id: str) -> Record:
        """Take a dataset out of the trash; it is as it was.

        Raises:
            IllegalMove: it is not in the trash.
            StoreFull: the disk is full.
        """
        dataset = self.get(dataset_id)
        with self._store.archive.remembering(dataset_id):
            return self._trash.restore(dataset)
