"""The files of runs, logged models and versions: one browser for the three, and the bytes behind its links."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from models_app import downloads, markdown
from models_app.actors import Actor
from models_app.errors import InvalidValue
from models_app.models import ModelVersion
from models_app.previews import Ask, output_of, preview
from models_app.services.artifacts import files_root
from models_app.storage import get_store, paths
from models_app.storage.zips import FolderZip
from models_app.web import addresses, file_tree, http, image_steps, snippets, thumbnails
from models_app.web.file_tree import FileRoot, FileView, Node
from models_app.web.model_sources import ModelSource, versions_of_folder
from models_app.web.version_facts import schemas_of
from models_app.web.views import logged_models, model_versions, runs

REGION = "files"


@require_safe
def run_files(request: HttpRequest, run_id: str, path: str = "") -> HttpResponseBase:
    actor = http.actor_from(request)
    run = runs.find_run(actor, run_id)
    context = runs.head(actor, run, "Files")
    root = FileRoot(
        name=str(run),
        address=addresses.run_files(run.pk),
        uri=run.artifact_uri,
        location=files_root(run),
        load_uri=f"runs:/{run.pk}",
        run_id=run.pk,
        is_deleted=run.is_deleted,
        extra=[_entry_of(source) for source in context["sources"] if source.logged_model],
        models=frozenset(source.path for source in context["sources"] if source.path),
    )
    return respond(request, root, path, "runs/files.html", context)


def _entry_of(source: ModelSource) -> Node:
    """Clients of version 3 keep a model's files beside the run, where people look for them first."""
    logged_at = source.logged_model.created_at if source.logged_model else None
    return Node(source.name, "", source.files_href, True, modified_at=logged_at, note="logged model")


@require_safe
def logged_model_files(request: HttpRequest, model_id: str, path: str = "") -> HttpResponseBase:
    actor = http.actor_from(request)
    model = logged_models.find_logged_model(actor, model_id)
    root = FileRoot(
        name=model.name,
        address=addresses.logged_model_files(model.pk),
        uri=model.artifact_uri,
        location=files_root(model),
        load_uri=f"models:/{model.pk}",
        model_id=model.pk,
        is_deleted=model.is_deleted,
    )
    return respond(request, root, path, "logged_models/files.html", logged_models.head(actor, model, "Files"))


@require_safe
def model_version_files(request: HttpRequest, name: str, number: int, path: str = "") -> HttpResponseBase:
    actor = http.actor_from(request)
    context = model_versions.head(actor, name, number, "files")
    version = context["version"]
    root = FileRoot(
        name=f"{name} v{number}",
        address=f"{addresses.model_version(name, number)}/files",
        uri=version.storage_location,
        location=files_root(version),
        load_uri=f"models:/{name}/{number}",
    )
    return respond(request, root, path, "model_versions/files.html", context)


def respond(
    request: HttpRequest, root: FileRoot, path: str, template: str, context: dict[str, Any]
) -> HttpResponseBase:
    path = paths.clean_path(path) if path else ""
    context = {**context, "root": root, "empty_snippet": _how_to_log(request, root)}
    context["is_fragment"] = http.wants_fragment(request)
    if root.location is None:
        return render(request, http.fragment(request, template, REGION), context)
    if answer := _bytes(request, root, path):
        return answer
    view = file_tree.view(get_store(), root, path)
    if href := image_steps.wanted(request, view):
        return HttpResponseRedirect(href)
    context |= {"view": view, **_preview(request, view), **_model_bar(request, view)}
    return render(request, http.fragment(request, template, REGION), context)


def _how_to_log(request: HttpRequest, root: FileRoot) -> str:
    """Only a run takes files of all kinds from a client."""
    server = snippets.server_of(request)
    return snippets.continue_run(server, root.run_id, 'mlflow.log_artifact("plot.png")') if root.run_id else ""


def _bytes(request: HttpRequest, root: FileRoot, path: str) -> HttpResponseBase | None:
    """What a link of the browser asks for instead of the page: the file itself, or a folder as a ZIP."""
    place = root.place_of(path)
    if "zip" in request.GET:
        return _zip(root, path, place)
    if "output" in request.GET:
        return _output(request, place)
    if "page" in request.GET:
        return downloads.serve_page(request, get_store(), place)
    if "raw" in request.GET or _wants_picture(request):
        return downloads.serve_file(request, get_store(), place, inline=True)
    if "download" in request.GET:
        return downloads.serve_file(request, get_store(), place, inline=False)
    return None


def _output(request: HttpRequest, place: str) -> HttpResponseBase:
    """What a cell of a notebook drew: `output` is the number of the cell, a point, and that of its output."""
    cell, _, output = request.GET["output"].partition(".")
    numbers = http.whole_number(cell), http.whole_number(output)
    if numbers[0] is None or numbers[1] is None:
        raise InvalidValue("An output is named by two numbers, as in 3.0.", field="output")
    made = output_of(get_store(), place, numbers[0], numbers[1])
    return downloads.serve_made(made.data, made.content_type)


def _wants_picture(request: HttpRequest) -> bool:
    """A picture in somebody's Markdown names the file, not the query that asks for its bytes."""
    return request.headers.get("Sec-Fetch-Dest") == "image" or request.headers.get("Accept", "").startswith("image/")


def _zip(root: FileRoot, path: str, place: str) -> HttpResponseBase:
    store = get_store()
    info = store.stat(place) if path else None
    if path and (info is None or not info.is_dir):
        raise InvalidValue(f"{path} is not a folder of {root.name}.", field="path")
    name = path.rpartition("/")[2] or root.name
    archive = FolderZip(store, place, name.replace("/", "_"))
    response = StreamingHttpResponse(archive, content_type="application/zip")
    # Announced, or a browser would take an archive that broke off for a whole one.
    response["Content-Length"] = str(archive.size)
    response["Content-Disposition"] = content_disposition_header(True, f"{name}.zip") or "attachment"
    return response


def _preview(request: HttpRequest, view: FileView) -> dict[str, Any]:
    if view.is_dir:
        return {"pictures": thumbnails.of_folder(view.listing, view.root.href)}
    shown = preview(get_store(), view.root.place_of(view.path), view.entry, _ask_of(request))
    found: dict[str, Any] = {"preview": shown, "steps": image_steps.of(view)}
    if shown.kind == "markdown":
        # Its relative pictures lie beside it; `respond` answers a browser that wants a picture with the bytes.
        found["html"] = mark_safe(markdown.resolve_images(shown.content, view.parent_href))  # noqa: S308 - sanitised
    if shown.kind == "mlmodel":
        found["schemas"] = schemas_of(shown.content.signature)
    return found


def _ask_of(request: HttpRequest) -> Ask:
    """Which part of a file the address wishes to see; a number that is none counts as no wish."""
    given = request.GET
    return Ask(
        view=given.get("view", ""),
        at=http.whole_number(given.get("at")),
        before=http.whole_number(given.get("before")),
        number=_signed(given.get("n", "")),
        to=given.get("to", "")[:40],
        node=given.get("node", "")[:4_000],
        line=http.whole_number(given.get("line")),
        start=http.whole_number(given.get("from")) or 0,
        wraps="wrap" in given,
    )


def _signed(text: str) -> int | None:
    number = http.whole_number(text.removeprefix("-"))
    return -number if number is not None and text.startswith("-") else number


def _model_bar(request: HttpRequest, view: FileView) -> dict[str, Any]:
    """For the innermost folder on the way that holds an MLmodel file: how to register it, load it, what it became."""
    if view.model_path is None:
        return {}
    folder, root = view.model_path, view.root
    return {
        "model_name": folder.rpartition("/")[2] or root.name,
        "model_versions": _versions_of(http.actor_from(request), root, folder),
        "register_href": root.register_href(folder),
        "load_snippet": snippets.load_model(snippets.server_of(request), root.load_uri_of(folder)),
    }


def _versions_of(actor: Actor, root: FileRoot, folder: str) -> Sequence[ModelVersion]:
    visible = ModelVersion.objects.visible_to(actor).prefetch_related("aliases")
    if root.model_id:
        return list(visible.from_logged_models([root.model_id])) if not folder else []
    if root.run_id:
        return versions_of_folder(visible.from_runs([root.run_id]), root.run_id, folder)
    return []
