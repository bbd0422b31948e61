"""What a caller may ask for: words, bounds and defaults. It never mentions arrays or HTTP."""

from worker.spec.address import PlainUrl, plain_url
from worker.spec.augmentation import AugmentationSpec
from worker.spec.checkpoint import CheckpointSpec
from worker.spec.early_stopping import EarlyStoppingSpec
from worker.spec.edits import EditsSpec
from worker.spec.folds import MAX_EPOCHS
from worker.spec.job import MAX_SECONDS, JobSpec
from worker.spec.layers import (
    ActivationSpec,
    AveragePoolSpec,
    BatchNormSpec,
    ConvolutionSpec,
    DenseLayerSpec,
    DepthwiseConvolutionSpec,
    DropoutSpec,
    FlattenSpec,
    GlobalAveragePoolSpec,
    LayerSpec,
    MaxPoolSpec,
    ResidualSpec,
)
from worker.spec.names import MODEL_NAME, DatasetId, JobId, ModelName
from worker.spec.network import (
    MOST_LAYERS,
    BlockSpec,
    ConvolutionalSpec,
    DenseSpec,
    LayersSpec,
    NetworkSpec,
)
from worker.spec.optimizers import (
    AdamSpec,
    AdamWSpec,
    MomentumSpec,
    NesterovSpec,
    OptimizerSpec,
    RMSPropSpec,
    SGDSpec,
)
from worker.spec.part import Spec
from worker.spec.regularization import RegularizationSpec
from worker.spec.schedules import (
    ConstantSpec,
    CosineSpec,
    ExponentialSpec,
    OneCycleSpec,
    ScheduleSpec,
    StepSpec,
)
from worker.spec.start_from import StartFromSpec
from worker.spec.verifies import VerifiesSpec

__all__ = [
    "MAX_EPOCHS",
    "MAX_SECONDS",
    "MODEL_NAME",
    "MOST_LAYERS",
    "ActivationSpec",
    "AdamSpec",
    "AdamWSpec",
    "AugmentationSpec",
    "AveragePoolSpec",
    "BatchNormSpec",
    "BlockSpec",
    "CheckpointSpec",
    "ConstantSpec",
    "ConvolutionSpec",
    "ConvolutionalSpec",
    "CosineSpec",
    "DatasetId",
    "DenseLayerSpec",
    "DenseSpec",
    "DepthwiseConvolutionSpec",
    "DropoutSpec",
    "EarlyStoppingSpec",
    "EditsSpec",
    "ExponentialSpec",
    "FlattenSpec",
    "GlobalAveragePoolSpec",
    "JobId",
    "JobSpec",
    "LayerSpec",
    "LayersSpec",
    "MaxPoolSpec",
    "ModelName",
    "MomentumSpec",
    "NesterovSpec",
    "NetworkSpec",
    "OneCycleSpec",
    "OptimizerSpec",
    "PlainUrl",
    "RMSPropSpec",
    "RegularizationSpec",
    "ResidualSpec",
    "SGDSpec",
    "ScheduleSpec",
    "Spec",
    "StartFromSpec",
    "StepSpec",
    "VerifiesSpec",
    "plain_url",
]
