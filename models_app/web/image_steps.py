"""Pictures that were logged over the steps of a run, as a row that can be walked through."""

from dataclasses import dataclass

from django.http import HttpRequest

from models_app.previews import images
from models_app.web import http
from models_app.web.file_tree import FileView


@dataclass(frozen=True, slots=True)
class Step:
    step: int
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSteps:
    """`number` is the place of the picture that is shown among the steps, from 1 on."""

    key: str
    number: int
    steps: tuple[Step, ...]

    @property
    def current(self) -> Step:
        return self.steps[self.number - 1]

    @property
    def previous(self) -> Step | None:
        return self.steps[self.number - 2] if self.number > 1 else None

    @property
    def next(self) -> Step | None:
        return self.steps[self.number] if self.number < len(self.steps) else None


def of(view: FileView) -> ImageSteps | None:
    """None for a picture that is the only one of its key, and for all else."""
    found = images.steps_of(view.name, view.beside)
    if len(found) < 2:
        return None
    number = next(at for at, other in enumerate(found, 1) if other.name == view.name)
    folder = view.path.rpartition("/")[0]
    steps = tuple(
        Step(other.step, view.root.href(f"{folder}/{other.name}" if folder else other.name)) for other in found
    )
    return ImageSteps(key=found[0].key, number=number, steps=steps)


def wanted(request: HttpRequest, view: FileView) -> str:
    """Where the slider's form leads: the picture of the place it asks for; "" when it asks for none."""
    number = http.whole_number(request.GET.get("place"))
    if number is None or view.is_dir:
        return ""
    found = of(view)
    return found.steps[min(max(number, 1), len(found.steps)) - 1].href if found else ""
