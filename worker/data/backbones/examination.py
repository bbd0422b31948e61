"""Looks at a network that somebody sent, in a sealed process, and makes a backbone of it.

Nobody trusts the file: `importer.import_backbone` starts this.
"""

from pathlib import Path

from worker.data import sandbox
from worker.data.backbones.backbone import NETWORK, Backbone
from worker.data.backbones.feature_output import ending_at, feature_output
from worker.data.backbones.network import network, opset, parameters
from worker.data.backbones.options import MOST_NAME, BackboneOptions
from worker.data.backbones.picture_input import picture_input, written_in
from worker.data.backbones.running import loaded
from worker.data.backbones.trial import tried
from worker.errors import UnsupportedFile
from worker.jsontypes import Json


def examine(file: Path, target: Path, options: BackboneOptions, most_parameters: int) -> Backbone:
    """Returns what is known of a network, and writes the part of it that makes features into the
    target folder: the very bytes that were sent where that is all of it.

    Raises:
        WorkerError: it is refused; the message says why, and what to do.
    """
    data = file.read_bytes()
    model = network(data, most_parameters)
    given = picture_input(model, options)
    output = feature_output(model, options.output or written_in(model, options).output)
    if len(output) > MOST_NAME:
        raise UnsupportedFile(
            f"Expected a name of at most {MOST_NAME} characters of the tensor with the features, "
            f"got {len(output):,}; export the network with shorter ones."
        )
    if [value.name for value in model.graph.output] != [output]:
        model = ending_at(model, output)
        data = model.SerializeToString(deterministic=True)
    (target / NETWORK).write_bytes(data)
    found = Backbone(
        input=given.expects,
        output=output,
        pooled=None,
        batched=given.batched,
        features=0,
        parameters=parameters(model.graph),
        opset=opset(model),
    )
    del data, model  # the runtime has a copy of its own
    return tried(target / NETWORK, found)


def work(order: Json) -> Json:
    """Returns what the sealed process answers to an order of `import_backbone`."""
    options = BackboneOptions.model_validate(order["options"])
    target = Path(order["target"])
    return examine(Path(order["file"]), target, options, order["most_parameters"]).as_dict()


if __name__ == "__main__":
    loaded()
    sandbox.serve(work)
