"""What is told of a version that was trained again: whether it came to the same weights, and if
not, since when and what has changed."""

from collections.abc import Sequence

from worker.jsontypes import Json
from worker.store import tensor_file
from worker.store.model_files import WEIGHTS
from worker.training.chain import Chain, Difference
from worker.training.fit import Trained

SHOWN = 60  # characters of what a message quotes of the environment


def verdict(manifest: Json, then: Chain | None, trained: Trained, changed: Sequence[Json]) -> Json:
    """Returns it.

    Args:
        manifest: of the version.
        then: its chain, if it has one.
        trained: what came of the training this time.
        changed: what differs in the environment.
    """
    now = trained.chain
    parted = now.parts_from(then) if now is not None and then is not None else None
    digests = len(then.links) if now is not None and then is not None else 0
    epochs = now.links[-1].epoch if now is not None else manifest["spec"]["epochs"]
    # Of a training that ended where it parted from the other, no weights are worth comparing.
    file = None if parted else f"sha256:{tensor_file.digest_of(trained.tensors)}"
    first: Json | None = None
    if parted is not None:
        first = parted._asdict()
    elif file != manifest["digest"]:
        first = {"epoch": None, "last_same": epochs if digests else None}
    sentences = [said(manifest, digests, parted, first is None)]
    if first is not None:
        sentences.append(environment_said(manifest, changed))
    return {
        "of": {"model": manifest["name"], "version": manifest["version"]},
        "outcome": "identical" if first is None else "different",
        "message": " ".join(sentences),
        "first_difference": first,
        "environment": [*changed],
        "epochs": epochs,
        "digests": digests,
        "weights": {"then": manifest["digest"], "now": file},
    }


def said(manifest: Json, digests: int, parted: Difference | None, identical: bool) -> str:
    """What came of the comparison, in a sentence or two."""
    which = f"version {manifest['version']} of {manifest['name']}"
    if parted is not None and parted.epoch == parted.last_same + 1:
        return f"Trained again, {which} comes to other weights in epoch {parted.epoch:,}."
    if parted is not None:
        return (
            f"Trained again, {which} has other weights after epoch {parted.epoch:,}, and the same "
            f"after epoch {parted.last_same:,}; nothing was kept of the epochs between."
        )
    if not digests:
        end = "the same" if identical else "not the same"
        return (
            f"Trained again, {which} has {end} bytes in its {WEIGHTS}. It was published before "
            "digests were kept of the way there, so that alone was compared."
        )
    if identical:
        return (
            f"Trained again, {which} comes to the same weights: {digests:,} digests on the way "
            f"are the same, and so is every byte of its {WEIGHTS}."
        )
    return (
        f"Trained again, {which} has the same weights to the end of its training, and not the same "
        f"bytes in its {WEIGHTS}: what is made of the weights afterwards has changed."
    )


def environment_said(manifest: Json, changed: Sequence[Json]) -> str:
    """What differs in the environment, in a sentence."""
    if not (manifest.get("environment")):
        return "It is not known where it was trained then."
    if changed:
        others = (f"{c['what']} ({quoted(c['then'])}, now {quoted(c['now'])})" for c in changed)
        return f"What has changed since: {', '.join(others)}."
    if (attempts := manifest.get("attempt", 1)) > 1:
        return (
            f"The environment is that of the last of the {attempts} attempts which it took then; "
            "those before may have had another."
        )
    return "Nothing that is known of the environment has changed."


def quoted(value: str | None) -> str:
    text = value or "none"
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
