"""The versions of models that a job or a scoring needs, until there is a record that says so."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from worker.errors import InvalidParameter, ModelNotFound
from worker.jobs.needing import needs_of
from worker.jsontypes import Json
from worker.store.store import Store


@contextmanager
def versions_kept(kind: str, body: Json, store: Store) -> Iterator[None]:
    """Within this block, nobody deletes a version that a record of this kind and body needs.

    Raises:
        InvalidParameter: somebody just has.
    """
    with ExitStack() as kept:
        for at, need in needs_of(kind, body).items():
            try:
                kept.enter_context(store.model_trash.alone(need["model"], shared=True))
                store.models.manifest(need["model"], need["version"])
            except ModelNotFound as error:
                raise InvalidParameter(str(error), f"{at}/version") from error
        yield
