"""What the pages of a model and of a version show of aliases: who has which, and where each can go."""

from dataclasses import dataclass

from models_app.actors import Actor
from models_app.models import ModelVersion, RegisteredModel
from models_app.models.registered_models import CHAMPION
from models_app.services.access import Level, level_for
from models_app.web import addresses
from models_app.web.lists import listed

QUICK_VERSIONS = 6


@dataclass(frozen=True, slots=True)
class AliasLine:
    """`elsewhere` are the newest other versions, to which one press moves the alias."""

    alias: str
    number: int
    updated_at: int
    updated_by: str
    version_href: str
    move_href: str
    elsewhere: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasPanel:
    """`number` is the version whose page it is, None on the page of the model; `denied` says why nothing can be set."""

    model_name: str
    number: int | None
    lines: list[AliasLine]
    has_versions: bool
    denied: str

    @property
    def here(self) -> list[AliasLine]:
        return [line for line in self.lines if line.number == self.number]

    @property
    def elsewhere(self) -> list[AliasLine]:
        return [line for line in self.lines if line.number != self.number]

    @property
    def page(self) -> str:
        if self.number is None:
            return addresses.registered_model(self.model_name)
        return addresses.model_version(self.model_name, self.number)

    @property
    def href(self) -> str:
        """Where the panel reads itself anew, and where its dialog is."""
        return f"{self.page}/aliases"


def alias_panel(actor: Actor, model: RegisteredModel, number: int | None = None) -> AliasPanel:
    newest = newest_numbers(actor, model, QUICK_VERSIONS + 1)
    page = addresses.registered_model(model.name)
    held_aliases = sorted(model.aliases.select_related("version"), key=lambda held: (held.name != CHAMPION, held.name))
    lines = [
        AliasLine(
            alias=held.name,
            number=held.version.number,
            updated_at=held.updated_at,
            updated_by=held.updated_by,
            version_href=addresses.model_version(model.name, held.version.number),
            move_href=f"{page}/aliases/{held.name}",
            elsewhere=[number for number in newest if number != held.version.number][:QUICK_VERSIONS],
        )
        for held in held_aliases
    ]
    denied = "" if level_for(actor, model) >= Level.EDIT else "Setting aliases needs the right to edit this model."
    return AliasPanel(model_name=model.name, number=number, lines=lines, has_versions=bool(newest), denied=denied)


def newest_numbers(actor: Actor, model: RegisteredModel, count: int) -> list[int]:
    versions = ModelVersion.objects.visible_to(actor).filter(model=model).order_by("-number")
    return list(versions.values_list("number", flat=True)[:count])


def loss_of(aliases: list[str]) -> str:
    """What clients lose with aliases that are deleted; they come as "@name"."""
    verb = "stops" if len(aliases) == 1 else "stop"
    return f"{listed(aliases)} {verb} resolving: clients that load the model that way fail at once."


def held_in(model: RegisteredModel) -> dict[str, int]:
    """Per alias the version that has it."""
    return dict(model.aliases.values_list("name", "version__number"))
