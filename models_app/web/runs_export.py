"""The runs table as CSV: the columns that are shown, in their order, for one page or for all that is found."""

from collections.abc import Iterator, Sequence

from models_app import search
from models_app.actors import Actor
from models_app.models import Run
from models_app.templatetags.registry import exact_time
from models_app.web.lists import Listing
from models_app.web.run_columns import FIELD, Columns, Layout, columns_of
from models_app.web.run_groups import Groups
from models_app.web.runs_question import SCHEMA, RunsQuestion
from models_app.web.runs_table import Cell, Row, rows_of
from models_app.web.spreadsheets import CsvValue

AT_ONCE = 500


def page_rows(rows: Sequence[Row], columns: Columns) -> Iterator[list[CsvValue]]:
    yield _head(columns)
    for row in rows:
        yield [str(row.run), *(_value(row, cell) for cell in row.cells)]


def all_rows(
    actor: Actor, listing: Listing, question: RunsQuestion, layout: Layout, experiment_id: int
) -> Iterator[list[CsvValue]]:
    """Portion by portion, nested runs among the others. Columns are those that the first page shows."""
    columns = columns_of([run.pk for run in listing.rows], layout)
    yield _head(columns)
    runs = question.narrow(Run.objects.visible_to(actor))
    comparisons = question.comparisons(SCHEMA)
    order = listing.order or question.order
    token = ""
    while True:
        page = search.paginate(
            runs, SCHEMA, comparisons, [order],
            max_results=AT_ONCE, page_token=token, experiment_ids=[experiment_id],
        )  # fmt: skip
        for row in rows_of(actor, page.rows, columns):
            yield [str(row.run), *(_value(row, cell) for cell in row.cells)]
        token = page.next_page_token
        if not token:
            return


def _head(columns: Columns) -> list[CsvValue]:
    return ["Run", *(column.name if column.kind else column.label for column in columns.shown)]


def _value(row: Row, cell: Cell) -> CsvValue:
    column, run = cell.column, row.run
    if column.kind != FIELD or column.key in {"source", "commit"}:
        return cell.value
    match column.key:
        case "start_time":
            return exact_time(run.started_at) if run.started_at else None
        case "end_time":
            return exact_time(run.ended_at) if run.ended_at else None
        case "duration":
            return None if run.duration_ms is None else run.duration_ms / 1000
        case "models":
            return "; ".join(f"{version.model.name} {version.number}" for version in row.versions)
        case "dataset":
            return "; ".join(str(each.dataset) for each in row.datasets)
        case "user_id":
            return run.user_id or run.created_by
        case "status":
            return str(run.status)
    return str(run.pk)


def group_rows(groups: Groups, title: str) -> Iterator[list[CsvValue]]:
    yield [title, "Digest", "Runs", "Last started", *(f"{groups.aggregate} {key}" for key in groups.metrics)]
    for row in groups.rows:
        spreads = [spread.of(groups.aggregate) if spread else None for _, spread, _ in row.cells]
        yield [row.value, row.detail, row.count, exact_time(row.last_started_at), *spreads]
