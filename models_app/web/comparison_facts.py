"""What else runs differ in: who made them from what, the data they read, the models and files they left."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from models_app.actors import Actor
from models_app.models import DatasetInput, ModelVersion, RunTag
from models_app.models.runs import HISTORY_TAG, PARENT_TAG
from models_app.services.artifacts import files_root, list_files
from models_app.storage import ArtifactInfo, StoreUnavailable
from models_app.templatetags.registry import filesize
from models_app.web import addresses
from models_app.web.comparison import DETAILS, Cell, Link, Question, Row, Section
from models_app.web.model_sources import ModelSource, sources_of
from models_app.web.run_facts import RunSource, source_of
from models_app.web.selections import Selection

INPUTS, MODELS, FILES = "inputs", "models", "files"
MOST_FILES = 100  # rows; a folder may hold any number
SOURCE_TAGS = (
    "mlflow.source.name",
    "mlflow.source.type",
    "mlflow.source.git.commit",
    "mlflow.source.git.branch",
    "mlflow.source.git.repoURL",
    "mlflow.gitBranchName",
    "mlflow.gitRepoURL",
    "mlflow.docker.image.name",
)
PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp")

Tags = Mapping[str, Mapping[str, str]]


def tags_of(selection: Selection) -> Tags:
    """What the details and models of the runs are read from: some of the tags that clients set by themselves."""
    found: dict[str, dict[str, str]] = {run_id: {} for run_id in selection.ids}
    wanted = (*SOURCE_TAGS, PARENT_TAG, HISTORY_TAG)
    rows = RunTag.objects.filter(run_id__in=selection.ids, key__in=wanted).order_by()
    for run_id, key, value in rows.values_list("run_id", "key", "value"):
        found[run_id][key] = value
    return found


def details(selection: Selection, tags: Tags, question: Question) -> Section:
    sources = {run_id: source_of(tags[run_id]) for run_id in selection.ids}
    experiments = [run.experiment for run in selection.runs]
    rows = [
        Row("Run id", [Cell(run.pk, links=[Link(run.pk[:8], addresses.run(run.pk))]) for run in selection.runs]),
        Row("Experiment", [_linked(each.name, addresses.experiment(each.pk)) for each in experiments]),
        Row("Started", [Cell(None, at=run.started_at) for run in selection.runs]),
        Row("User", [Cell(run.user_id or run.created_by or None) for run in selection.runs]),
        Row("Source", [Cell(sources[run_id].short_name or None) for run_id in selection.ids]),
        Row("Commit", [_commit(sources[run_id]) for run_id in selection.ids]),
        Row("Branch", [Cell(sources[run_id].branch or None) for run_id in selection.ids]),
        Row("Parent run", [_parent(tags[run_id].get(PARENT_TAG, "")) for run_id in selection.ids]),
    ]
    return _section(DETAILS, "Details", rows, question)


def _linked(text: str, href: str) -> Cell:
    return Cell(text, links=[Link(text, href)])


def _commit(source: RunSource) -> Cell:
    if not source.commit:
        return Cell(None)
    return Cell(source.commit, links=[Link(source.short_commit, source.commit_href)])


def _parent(run_id: str) -> Cell:
    return Cell(run_id, links=[Link(run_id[:8], addresses.run(run_id))]) if run_id else Cell(None)


def _section(name: str, title: str, rows: Sequence[Row], question: Question) -> Section:
    """Rows in which no run says anything are none; those that agree are left out unless all are asked for."""
    found = [row for row in rows if question.fits(row.key) and any(_content(cell) for cell in row.cells)]
    for row in found:
        row.differs = len({_content(cell) for cell in row.cells}) > 1
    shown = [row for row in found if row.differs or question.shows_all]
    return Section(name, title, shown, len(shown), len(found) - len(shown))


def _content(cell: Cell) -> str:
    if cell.at is not None:
        return str(cell.at)
    return str(cell.value or "") + "\n".join(f"{link.text} {link.note}" for link in cell.links)


def inputs(selection: Selection, question: Question) -> Section:
    """A row for each dataset by name; its digest tells whether the data was the same."""
    by_name: dict[str, dict[str, list[DatasetInput]]] = {}
    read = DatasetInput.objects.filter(run_id__in=selection.ids).select_related("dataset").order_by("id")
    # Schema and profile are megabytes at worst and nothing here shows them.
    for each in read.defer("dataset__schema", "dataset__profile", "dataset__source"):
        by_name.setdefault(each.dataset.name, {}).setdefault(each.run_id, []).append(each)
    rows = [
        Row(name, [_datasets(by_run.get(run_id, [])) for run_id in selection.ids])
        for name, by_run in sorted(by_name.items())
    ]
    return _section(INPUTS, "Inputs", rows, question)


def _datasets(read: Sequence[DatasetInput]) -> Cell:
    if not read:
        return Cell(None)
    said = [Link(each.dataset.digest, "", each.context) for each in read]
    return Cell(", ".join(link.text for link in said), links=said)


def models(actor: Actor, selection: Selection, tags: Tags, question: Question) -> Section:
    sources = sources_of(actor, {run_id: tags[run_id].get(HISTORY_TAG, "") for run_id in selection.ids})
    names = sorted({source.name for found in sources.values() for source in found})
    rows = [Row(name, [_model(sources[run_id], name) for run_id in selection.ids]) for name in names]
    return _section(MODELS, "Models", rows, question)


def _model(sources: Sequence[ModelSource], name: str) -> Cell:
    links: list[Link] = []
    for source in sources:
        if source.name == name:
            links.append(Link(source.logged_model.pk[:10] if source.logged_model else "logged", source.href))
            links += [Link(_version_name(version), _version_href(version)) for version in source.versions]
    return Cell(", ".join(link.text for link in links) or None, links=links)


def _version_name(version: ModelVersion) -> str:
    return f"{version.model.name} v{version.number}"


def _version_href(version: ModelVersion) -> str:
    return addresses.model_version(version.model.name, version.number)


def files(selection: Selection, question: Question) -> Section:
    """What lies right below each run's folder; one listing of the store a run, so it is asked for by itself."""
    listed = {run.pk: _listing(selection, place) for place, run in enumerate(selection.runs)}
    names = sorted({name for found in listed.values() for name in found})
    rows = [
        Row(name, [_file(run_id, listed[run_id].get(name)) for run_id in selection.ids]) for name in names[:MOST_FILES]
    ]
    return _section(FILES, "Files", rows, question)


def _listing(selection: Selection, place: int) -> dict[str, ArtifactInfo]:
    root = files_root(selection.runs[place])
    try:
        return {entry.name: entry for entry in list_files(root)} if root else {}
    except StoreUnavailable:
        return {}


def _file(run_id: str, entry: ArtifactInfo | None) -> Cell:
    if entry is None:
        return Cell(None)
    href = addresses.run_files(run_id, entry.name)
    text = "folder" if entry.is_dir else filesize(entry.size)
    # The time of a file's last change makes no difference; its size does.
    image = f"{addresses.run(run_id)}/files/{quote(entry.name)}?raw=1" if _is_picture(entry) else ""
    return Cell(text, links=[Link(text, href, image=image)])


def _is_picture(entry: ArtifactInfo) -> bool:
    return not entry.is_dir and entry.name.lower().endswith(PICTURES)
