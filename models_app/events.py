"""One class per fact worth remembering: its kind (MLflow's webhook names where they exist), its sentence, its data."""

from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """`sentence` is completed from the fact's fields and, as `before_…`, from what held before."""

    kind: ClassVar[str]
    sentence: ClassVar[str]

    def data(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredModelCreated(Fact):
    kind: ClassVar[str] = "registered_model.created"
    sentence: ClassVar[str] = "created the model"
    name: str
    description: str = ""
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredModelRenamed(Fact):
    kind: ClassVar[str] = "registered_model.renamed"
    sentence: ClassVar[str] = "renamed the model from {before_name} to {name}"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredModelUpdated(Fact):
    kind: ClassVar[str] = "registered_model.updated"
    sentence: ClassVar[str] = "edited the model's description"
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredModelDeleted(Fact):
    kind: ClassVar[str] = "registered_model.deleted"
    sentence: ClassVar[str] = "deleted the model {name} with all its versions"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredModelTagSet(Fact):
    kind: ClassVar[str] = "registered_model_tag.set"
    sentence: ClassVar[str] = "set the model's tag {key} to “{value}”"
    key: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredModelTagDeleted(Fact):
    kind: ClassVar[str] = "registered_model_tag.deleted"
    sentence: ClassVar[str] = "removed the model's tag {key}"
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVersionCreated(Fact):
    kind: ClassVar[str] = "model_version.created"
    sentence: ClassVar[str] = "registered version {version}"
    version: str
    source: str
    run_id: str = ""
    description: str = ""
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVersionUpdated(Fact):
    kind: ClassVar[str] = "model_version.updated"
    sentence: ClassVar[str] = "edited the description of version {version}"
    version: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVersionDeleted(Fact):
    kind: ClassVar[str] = "model_version.deleted"
    sentence: ClassVar[str] = "deleted version {version}"
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVersionStageSet(Fact):
    kind: ClassVar[str] = "model_version_stage.set"
    sentence: ClassVar[str] = "moved version {version} from stage {before_stage} to {stage}"
    version: str
    stage: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVersionTagSet(Fact):
    kind: ClassVar[str] = "model_version_tag.set"
    sentence: ClassVar[str] = "set tag {key} of version {version} to “{value}”"
    version: str
    key: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVersionTagDeleted(Fact):
    kind: ClassVar[str] = "model_version_tag.deleted"
    sentence: ClassVar[str] = "removed tag {key} of version {version}"
    version: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVersionAliasCreated(Fact):
    """MLflow uses this one name for a new alias and for one that moves; what held before tells them apart."""

    kind: ClassVar[str] = "model_version_alias.created"
    sentence: ClassVar[str] = "pointed @{alias} at version {version}"
    alias: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVersionAliasDeleted(Fact):
    kind: ClassVar[str] = "model_version_alias.deleted"
    sentence: ClassVar[str] = "removed @{alias} from version {before_version}"
    alias: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentCreated(Fact):
    kind: ClassVar[str] = "experiment.created"
    sentence: ClassVar[str] = "created the experiment"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentRenamed(Fact):
    kind: ClassVar[str] = "experiment.renamed"
    sentence: ClassVar[str] = "renamed the experiment from {before_name} to {name}"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentDeleted(Fact):
    kind: ClassVar[str] = "experiment.deleted"
    sentence: ClassVar[str] = "deleted the experiment"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentRestored(Fact):
    kind: ClassVar[str] = "experiment.restored"
    sentence: ClassVar[str] = "restored the experiment"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentTagSet(Fact):
    kind: ClassVar[str] = "experiment_tag.set"
    sentence: ClassVar[str] = "set the experiment's tag {key} to “{value}”"
    key: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentTagDeleted(Fact):
    kind: ClassVar[str] = "experiment_tag.deleted"
    sentence: ClassVar[str] = "removed the experiment's tag {key}"
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedViewCreated(Fact):
    kind: ClassVar[str] = "saved_view.created"
    sentence: ClassVar[str] = "saved the view {name} of the runs"
    name: str
    query: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedViewUpdated(Fact):
    kind: ClassVar[str] = "saved_view.updated"
    sentence: ClassVar[str] = "changed the view {name} of the runs"
    name: str
    query: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedViewDeleted(Fact):
    kind: ClassVar[str] = "saved_view.deleted"
    sentence: ClassVar[str] = "deleted the view {name} of the runs"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRenamed(Fact):
    kind: ClassVar[str] = "run.renamed"
    sentence: ClassVar[str] = "renamed the run from {before_name} to {name}"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDeleted(Fact):
    kind: ClassVar[str] = "run.deleted"
    sentence: ClassVar[str] = "deleted the run"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRestored(Fact):
    kind: ClassVar[str] = "run.restored"
    sentence: ClassVar[str] = "restored the run"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTagDeleted(Fact):
    """Clients tag runs too often for an event each time, but what is removed can be brought back by it."""

    kind: ClassVar[str] = "run_tag.deleted"
    sentence: ClassVar[str] = "removed the run's tag {key}"
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedModelDeleted(Fact):
    kind: ClassVar[str] = "logged_model.deleted"
    sentence: ClassVar[str] = "deleted the logged model {name}"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedModelTagDeleted(Fact):
    """As with runs: what is removed can be brought back by it."""

    kind: ClassVar[str] = "logged_model_tag.deleted"
    sentence: ClassVar[str] = "removed the logged model's tag {key}"
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactsDeleted(Fact):
    kind: ClassVar[str] = "artifacts.deleted"
    sentence: ClassVar[str] = "deleted the files {path}"
    path: str


FACTS: dict[str, type[Fact]] = {fact.kind: fact for fact in Fact.__subclasses__()}


def sentence(kind: str, before: dict[str, Any], after: dict[str, Any]) -> str:
    """What happened, in words that follow a name: "moved @champion from version 3 to version 4"."""
    if kind == ModelVersionAliasCreated.kind and before:
        return f"moved @{after['alias']} from version {before['version']} to version {after['version']}"
    words = {**after, **{f"before_{key}": value for key, value in before.items()}}
    return FACTS[kind].sentence.format_map(words)
