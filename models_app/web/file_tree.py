"""A tree of artifacts as pages show it: the folders on the way to what is selected, open; everything else closed."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from models_app.errors import DoesNotExist
from models_app.model_files import MLMODEL
from models_app.previews import images
from models_app.storage import ArtifactInfo, ArtifactStore
from models_app.web import addresses

SHOWN = 1_000  # entries of one folder in one page
LOOKED_INTO = 16  # folders of a folder that are asked whether they hold a model: a request each
_DIGITS = re.compile(r"([0-9]{1,18})")
_TURNS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class FileRoot:
    """What is browsed: `address` is that of the root's page, `uri` where clients find the same files.

    `location` is its path in the store; None for files that lie elsewhere, in a bucket of the client's own.

    `load_uri` is what a client loads a model at the root by ("runs:/…", "models:/…"). Folders that hold a model can be
    registered when they belong to a run or are a logged model. `extra` are entries that lead to other trees.
    """

    name: str
    address: str
    uri: str
    location: str | None
    load_uri: str = ""
    run_id: str = ""
    model_id: str = ""
    is_deleted: bool = False
    extra: Sequence["Node"] = ()
    models: frozenset[str] = frozenset()  # folders that are known to hold a model

    def place_of(self, path: str) -> str:
        return f"{self.location}/{path}" if path else self.location or ""

    def href(self, path: str) -> str:
        return f"{self.address}/{quote(path)}" if path else self.address

    def uri_of(self, path: str) -> str:
        return f"{self.uri.rstrip('/')}/{path}" if path else self.uri

    def load_uri_of(self, folder: str) -> str:
        return f"{self.load_uri}/{folder}" if folder else self.load_uri

    def register_href(self, folder: str) -> str:
        """ "" for what can't be registered: a folder within a logged model, files of what is deleted."""
        if self.is_deleted:
            return ""
        if self.model_id:
            return addresses.register(model_id=self.model_id) if not folder else ""
        return addresses.register(run_id=self.run_id, path=folder) if self.run_id else ""


@dataclass(slots=True)
class Node:
    """One line of the tree; `note` explains an entry that leads out of it."""

    name: str
    path: str
    href: str
    is_dir: bool
    size: int | None = None
    modified_at: int | None = None
    is_open: bool = False
    is_current: bool = False
    note: str = ""
    children: list["Node"] = field(default_factory=list)
    left_out: int = 0
    register_href: str = ""  # of a folder that holds a model
    is_model: bool = False


@dataclass(frozen=True, slots=True)
class Crumb:
    name: str
    href: str


@dataclass(slots=True)
class FileView:
    """`entry` is None for the root of a tree that holds nothing yet."""

    root: FileRoot
    path: str
    entry: ArtifactInfo | None
    tree: list[Node]
    listing: list[Node]
    left_out: int = 0
    model_path: str | None = None
    beside: Sequence[str] = ()  # the names of the files in a file's folder

    @property
    def is_dir(self) -> bool:
        return self.entry is None or self.entry.is_dir

    @property
    def modified_at(self) -> int:
        """0 when unknown. A bucket knows no time of its folders: that of what lies in them says as much."""
        own = self.entry.modified_at if self.entry else 0
        return own or max((node.modified_at or 0 for node in self.listing), default=0)

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2] or self.root.name

    @property
    def href(self) -> str:
        return self.root.href(self.path)

    @property
    def uri(self) -> str:
        return self.root.uri_of(self.path)

    @property
    def parent_href(self) -> str:
        return self.root.href(self.path.rpartition("/")[0]) if self.path else ""

    @property
    def crumbs(self) -> list[Crumb]:
        parts = self.path.split("/") if self.path else []
        steps = [Crumb(label_of(part), self.root.href("/".join(parts[: at + 1]))) for at, part in enumerate(parts)]
        return [Crumb(self.root.name, self.root.href("")), *steps]


def view(store: ArtifactStore, root: FileRoot, path: str) -> FileView:
    """What a page shows when `path` is selected; one listing per folder on the way, which also says what it is."""
    entry, listings = _way_to(store, root, path)
    folders = list(listings)
    selected = folders[-1] if entry is None or entry.is_dir else None
    models = root.models | {folder for folder in folders if folder and _holds_model(listings[folder])}
    if selected:
        models |= _models_within(store, root, selected, listings[selected])
    tree = _nodes(root, listings, "", path, models)
    found = FileView(root, path, entry, tree, [])
    if selected is not None:
        found.listing = _level(root, listings[selected], selected, models)
        found.left_out = max(0, len(listings[selected]) - SHOWN)
    if not path:
        found.listing = [*root.extra, *found.listing]
    found.tree = [*root.extra, *tree]
    if selected is None:
        found.beside = [entry.name for entry in listings[folders[-1]] if not entry.is_dir]
    found.model_path = next((folder for folder in reversed(folders) if _holds_model(listings[folder])), None)
    return found


def _way_to(
    store: ArtifactStore, root: FileRoot, path: str
) -> tuple[ArtifactInfo | None, dict[str, list[ArtifactInfo]]]:
    """The selected entry, and the listings of the root and of each folder on the way, the selected one included."""
    listings = {"": _by_kind(store.list(root.place_of("")))}
    # The root's listing doesn't say whether it is a file or nothing.
    entry = None if listings[""] else store.stat(root.place_of(""))
    parent = ""
    for name in path.split("/") if path else []:
        entry = next((child for child in listings.get(parent, []) if child.name == name), None)
        if entry is None:
            raise DoesNotExist(f"There is no file {path} in {root.name}.")
        parent = f"{parent}/{name}" if parent else name
        if entry.is_dir:
            listings[parent] = _by_kind(store.list(root.place_of(parent)))
    return entry, listings


def _by_kind(entries: list[ArtifactInfo]) -> list[ArtifactInfo]:
    """Folders first, and numbers in names by their value: epoch-2 stands before epoch-10."""
    return sorted(entries, key=lambda entry: (not entry.is_dir, natural(entry.name), entry.name))


def natural(name: str) -> list[str | int]:
    # Numbers and what is between them take turns, so that like is compared with like.
    return [int(part) if at % 2 else part.lower() for at, part in enumerate(_DIGITS.split(name))]


def shown_name(name: str) -> str:
    """Characters that turn the direction of writing would make `gnp.exe` of what ends in png."""
    return _TURNS.sub("\ufffd", name)


def label_of(name: str) -> str:
    """A picture of a step by what it was logged as: its name is long and hardly differs from the others'."""
    picture = images.stepped(name)
    if picture is None:
        return shown_name(name)
    return f"{shown_name(picture.key)}, step {picture.step}{', small' if picture.is_small else ''}"


def _models_within(store: ArtifactStore, root: FileRoot, folder: str, entries: list[ArtifactInfo]) -> set[str]:
    """Which folders of a folder hold a model, as far as some requests tell."""
    inner = [f"{folder}/{entry.name}" for entry in entries if entry.is_dir][:LOOKED_INTO]
    return {path for path in inner if path in root.models or store.is_file(f"{root.place_of(path)}/{MLMODEL}")}


def _level(root: FileRoot, entries: list[ArtifactInfo], folder: str, models: Collection[str]) -> list[Node]:
    nodes = []
    for entry in entries[:SHOWN]:
        path = f"{folder}/{entry.name}" if folder else entry.name
        node = Node(
            label_of(entry.name), path, root.href(path), entry.is_dir, entry.size, entry.modified_at or None
        )  # fmt: skip
        if path in models:
            node.is_model, node.register_href = True, root.register_href(path)
        nodes.append(node)
    return nodes


def _nodes(
    root: FileRoot, listings: dict[str, list[ArtifactInfo]], folder: str, selected: str, models: Collection[str]
) -> list[Node]:
    nodes = _level(root, listings[folder], folder, models)
    for node in nodes:
        node.is_current = node.path == selected
        node.is_open = node.path in listings
        if node.is_open:
            node.children = _nodes(root, listings, node.path, selected, models)
            node.left_out = max(0, len(listings[node.path]) - SHOWN)
    return nodes


def _holds_model(entries: list[ArtifactInfo]) -> bool:
    return any(entry.name == MLMODEL and not entry.is_dir for entry in entries)
