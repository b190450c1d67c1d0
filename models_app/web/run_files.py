"""What lies at the top of a run's files: pictures to look at, folders and files with their sizes."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from models_app.models import Run
from models_app.previews import images
from models_app.services import artifacts
from models_app.storage import ArtifactInfo, StoreUnavailable, get_store
from models_app.storage.paths import join
from models_app.web import addresses
from models_app.web.file_tree import natural
from models_app.web.thumbnails import Thumbnail, thumbnails

PICTURES, FILES = 6, 12
PICTURE_BYTES = 4_000_000
# Where clients and people put pictures: MLflow's log_image into the first.
PICTURE_FOLDERS = ("images", "plots", "figures", "charts", "samples", "pictures", "image", "plot", "media")
FOLDERS_READ, FOLDER_ENTRIES = 2, 300


@dataclass(frozen=True, slots=True)
class FileLink:
    name: str
    href: str
    is_dir: bool
    size: int | None


@dataclass(frozen=True, slots=True)
class TopFiles:
    """`pictures` are the latest ones; `left_out` counts the files that are not listed."""

    pictures: list[Thumbnail]
    files: list[FileLink]
    left_out: int


def top_files(run: Run, entries: Sequence[ArtifactInfo]) -> TopFiles:
    """`entries` are those right below the run's files."""
    ordered = sorted(entries, key=lambda entry: (not entry.is_dir, entry.name.lower(), entry.name))
    return TopFiles(
        _pictures(run, entries), [_link(run, entry) for entry in ordered[:FILES]], max(0, len(entries) - FILES)
    )


def _pictures(run: Run, entries: Sequence[ArtifactInfo]) -> list[Thumbnail]:
    """Those at the top first; of pictures of one key the one logged last."""
    found = _latest(run, entries)
    folders = {entry.name for entry in entries if entry.is_dir}
    for name in [name for name in PICTURE_FOLDERS if name in folders][:FOLDERS_READ]:
        if len(found) < PICTURES:
            found += _latest(run, _within(run, name))
    return found[:PICTURES]


def _latest(run: Run, entries: Sequence[ArtifactInfo]) -> list[Thumbnail]:
    kept: dict[str, ArtifactInfo] = {}
    for entry in entries:
        picture = images.stepped(entry.name)
        if picture is None:
            kept[entry.path] = entry
            continue
        place = f"{picture.key}\n{picture.is_small}"
        other = images.stepped(kept[place].name) if place in kept else None
        if other is None or (other.step, other.logged_at) < (picture.step, picture.logged_at):
            kept[place] = entry
    # A client sends a folder's files side by side: those of one minute are ordered by their names.
    latest = sorted(kept.values(), key=lambda entry: (-(entry.modified_at // 60_000), natural(entry.name), entry.name))
    return thumbnails(
        latest, lambda path: addresses.run_files(run.pk, path), most=PICTURES, largest=PICTURE_BYTES
    ).shown  # fmt: skip


def _within(run: Run, folder: str) -> list[ArtifactInfo]:
    """What lies in a folder, as far as some entries tell: a run may log a picture at each step."""
    root = artifacts.files_root(run) or ""
    try:
        return [
            artifacts.seen_from(root, info) for info in islice(get_store().walk(join(root, folder)), FOLDER_ENTRIES)
        ]
    except StoreUnavailable:
        return []


def _link(run: Run, entry: ArtifactInfo) -> FileLink:
    return FileLink(entry.name, addresses.run_files(run.pk, entry.path), entry.is_dir, entry.size)
