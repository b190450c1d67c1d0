"""What lies at the top of a run's files, from one listing: pictures to look at, folders and files with their sizes."""

from dataclasses import dataclass

from models_app.storage import ArtifactInfo
from models_app.web import addresses

PICTURES, FILES = 6, 12
PICTURE_BYTES = 4_000_000
PICTURE_ENDINGS = (".png", ".jpg", ".jpeg", ".gif", ".webp")


@dataclass(frozen=True, slots=True)
class FileLink:
    name: str
    href: str
    is_dir: bool
    size: int | None


@dataclass(frozen=True, slots=True)
class TopFiles:
    """`pictures` are the latest ones; `left_out` counts the files that are not listed."""

    pictures: list[FileLink]
    files: list[FileLink]
    left_out: int


def top_files(run_id: str, entries: list[ArtifactInfo]) -> TopFiles:
    pictures = [entry for entry in entries if _is_picture(entry)]
    pictures.sort(key=lambda entry: (-entry.modified_at, entry.name))
    ordered = sorted(entries, key=lambda entry: (not entry.is_dir, entry.name.lower(), entry.name))
    return TopFiles(
        [_link(run_id, entry) for entry in pictures[:PICTURES]],
        [_link(run_id, entry) for entry in ordered[:FILES]],
        max(0, len(entries) - FILES),
    )


def _is_picture(entry: ArtifactInfo) -> bool:
    is_small = entry.size is not None and 0 < entry.size <= PICTURE_BYTES
    return not entry.is_dir and is_small and entry.name.lower().endswith(PICTURE_ENDINGS)


def _link(run_id: str, entry: ArtifactInfo) -> FileLink:
    return FileLink(entry.name, addresses.run_files(run_id, entry.path), entry.is_dir, entry.size)
