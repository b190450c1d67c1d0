"""Pictures among files, to be shown small. The browser scales them, so large ones are left out, and all beyond some."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from models_app.previews import images
from models_app.storage import ArtifactInfo
from models_app.web.file_tree import Node, label_of

MOST = 24
LARGEST = 2_000_000  # bytes
ENDINGS = (".png", ".jpg", ".jpeg", ".gif", ".webp")


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """`src` is a smaller copy of the picture behind `href` where the client logged one."""

    name: str
    href: str
    src: str


@dataclass(frozen=True, slots=True)
class Thumbnails:
    """`left_out` counts the pictures that are too many or too large to be shown so."""

    shown: list[Thumbnail]
    left_out: int = 0


def thumbnails(
    files: Sequence[ArtifactInfo | Node], href: Callable[[str], str], *, most: int = MOST, largest: int = LARGEST
) -> Thumbnails:
    """In the order of the files."""
    pictures = {file.path: file for file in files if not file.is_dir and file.path.lower().endswith(ENDINGS)}
    copies = dict(_copies(pictures))
    small = set(copies.values())
    found = []
    for path in pictures:
        source = pictures[copies.get(path, path)]
        if 0 < (source.size or 0) <= largest and path not in small:
            found.append(Thumbnail(label_of(path.rpartition("/")[2]), href(path), href(source.path)))
    return Thumbnails(found[:most], len(pictures) - len(copies) - len(found[:most]))


def of_folder(files: Sequence[Node], href: Callable[[str], str]) -> Thumbnails:
    """Nothing where pictures are not what the folder is for: the list of its files says more there."""
    found = thumbnails(files, href)
    count = len(found.shown) + found.left_out
    others = sum(not file.is_dir and not file.path.lower().endswith(ENDINGS) for file in files)
    return found if count > 1 and count >= others else Thumbnails([])


def _copies(paths: Iterable[str]) -> Iterable[tuple[str, str]]:
    """MLflow: log_image writes a small copy beside each picture. The picture's path, and the copy's."""
    by_stem = {path.rpartition(".")[0]: path for path in paths}
    for stem, path in by_stem.items():
        picture = images.stepped(path.rpartition("/")[2])
        own = stem.removesuffix("compressed")[:-1]
        if picture and picture.is_small and own in by_stem:
            yield by_stem[own], path
