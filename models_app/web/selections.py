"""The runs an address names: `ids=<run id>`, as often as there are runs, or several with commas between."""

from dataclasses import dataclass, replace

from django.http import HttpRequest

from models_app.actors import Actor
from models_app.models import Run
from models_app.web.charts.marks import Mark

MOST_RUNS = 100
NAMED_MISSING = 5
SHOWN_OF_ID = 40


@dataclass(frozen=True, slots=True)
class Chosen:
    """A run with the mark that stands for it in every chart and table of its page."""

    run: Run
    mark: Mark
    is_reference: bool = False

    @property
    def pk(self) -> str:
        return str(self.run.pk)


@dataclass(frozen=True, slots=True)
class Selection:
    """`missing` are ids that name no run one can see; `left_out` says how many ids were beyond the limit."""

    chosen: list[Chosen]
    missing: list[str]
    left_out: int = 0

    @property
    def ids(self) -> list[str]:
        return [each.pk for each in self.chosen]

    @property
    def runs(self) -> list[Run]:
        return [each.run for each in self.chosen]

    @property
    def reference(self) -> Chosen | None:
        return next((each for each in self.chosen if each.is_reference), None)

    @property
    def missing_named(self) -> str:
        """Ids are whatever stands in an address: few of them, and not all of a long one."""
        named = ", ".join(each[:SHOWN_OF_ID] for each in self.missing[:NAMED_MISSING])
        more = len(self.missing) - NAMED_MISSING
        return f"{named} and {more:,} more" if more > 0 else named

    def with_reference(self, run_id: str) -> "Selection":
        chosen = [replace(each, is_reference=each.pk == run_id) for each in self.chosen]
        return Selection(chosen, self.missing, self.left_out)


def ids_in(request: HttpRequest) -> list[str]:
    """Of the address and of a form that is posted."""
    texts = [*request.GET.getlist("ids"), *request.POST.getlist("ids")]
    given = (part.strip() for text in texts for part in text.split(","))
    # A NUL is nothing PostgreSQL can look for, and no id holds one.
    return list(dict.fromkeys(part.replace("\x00", "") for part in given if part.replace("\x00", "")))


def selected(actor: Actor, ids: list[str]) -> Selection:
    """Deleted runs too: what was chosen before it was deleted is shown, and marked."""
    wanted = ids[:MOST_RUNS]
    runs = Run.objects.visible_to(actor).select_related("experiment").in_bulk(wanted)
    found = [runs[run_id] for run_id in wanted if run_id in runs]
    return Selection(marked(found), [run_id for run_id in wanted if run_id not in runs], max(0, len(ids) - MOST_RUNS))


def marked(runs: list[Run]) -> list[Chosen]:
    return [Chosen(run, Mark(place)) for place, run in enumerate(runs)]
