"""The tables: constraints and reads. Writes live in services.

A foreign key without its own index is the first column of a unique constraint or index beside it.
"""

from models_app.models.activity import Event
from models_app.models.datasets import Dataset, DatasetInput
from models_app.models.experiments import Experiment, ExperimentTag
from models_app.models.logged_models import (
    LoggedModel,
    LoggedModelMetric,
    LoggedModelParam,
    LoggedModelTag,
)
from models_app.models.metrics import LatestMetric, Metric
from models_app.models.model_versions import ModelVersion, ModelVersionTag
from models_app.models.registered_models import ModelAlias, RegisteredModel, RegisteredModelTag
from models_app.models.rendered_markdown import RenderedMarkdown
from models_app.models.runs import ModelInput, ModelOutput, Param, Run, RunTag
from models_app.models.saved_views import SavedView
from models_app.models.version_summaries import VersionSummary
from models_app.models.workspaces import Workspace

__all__ = [
    "Dataset",
    "DatasetInput",
    "Event",
    "Experiment",
    "ExperimentTag",
    "LatestMetric",
    "LoggedModel",
    "LoggedModelMetric",
    "LoggedModelParam",
    "LoggedModelTag",
    "Metric",
    "ModelAlias",
    "ModelInput",
    "ModelOutput",
    "ModelVersion",
    "ModelVersionTag",
    "Param",
    "RegisteredModel",
    "RegisteredModelTag",
    "RenderedMarkdown",
    "Run",
    "RunTag",
    "SavedView",
    "VersionSummary",
    "Workspace",
]
