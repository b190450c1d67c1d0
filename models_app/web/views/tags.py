"""Tags of models, versions, experiments and runs: add, change and remove them where they stand."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from models_app.errors import DoesNotExist, InvalidValue, PermissionDenied
from models_app.models import ExperimentTag, ModelVersionTag, RegisteredModelTag, RunTag
from models_app.models.tags import SYSTEM_PREFIX, TagQuerySet
from models_app.web import http, subjects
from models_app.web.forms.tags import TagForm
from models_app.web.subjects import Subject

TEMPLATE = "tags/edit.html"
READ = "components/tags_editor.html"
LONG = 120  # characters; a longer value, or one of several lines, gets a text area
TABLES = {
    "registered_model": RegisteredModelTag,
    "model_version": ModelVersionTag,
    "experiment": ExperimentTag,
    "run": RunTag,
}


@dataclass(frozen=True, slots=True)
class Row:
    """A tag as the editor shows it: with what was typed and what is wrong with that."""

    key: str
    value: str
    errors: tuple[str, ...] = ()

    @property
    def is_long(self) -> bool:
        return len(self.value) > LONG or "\n" in self.value


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, noun: str, **keys: str | int) -> HttpResponse:
    subject = subjects.find(http.actor_from(request), noun, **keys)
    if request.GET.get("view") == "read":
        if http.wants_fragment(request):
            return render(request, READ, {"subject": subject, "has_focus": True})
        return HttpResponseRedirect(subject.page)
    if subject.denied:
        raise PermissionDenied(subject.denied)
    if request.method != "POST":
        return render(request, http.fragment(request, TEMPLATE, "tags"), _context(subject))
    if request.POST.get("step") == "delete":
        return _delete(request, subject)
    return _set(request, subject)


def _context(subject: Subject, refused: TagForm | None = None, *, is_new: bool = False) -> dict[str, object]:
    """`refused` is a form that could not be saved: of the row with its key, or of the row for a new tag."""
    rows = [Row(tag.key, tag.value) for tag in subject.tags]
    if refused and not is_new:
        key, value = refused.data.get("key", ""), refused.data.get("value", "")
        errors = tuple(message for messages in refused.errors.values() for message in messages)
        rows = [Row(key, value, errors) if row.key == key else row for row in rows]
    return {"subject": subject, "rows": rows, "form": refused if refused and is_new else TagForm(), "changed": ""}


def _set(request: HttpRequest, subject: Subject) -> HttpResponse:
    is_new = "is_new" in request.POST
    taken = [tag.key for tag in subject.tags] if is_new else ()
    form = TagForm(request.POST, taken=taken)
    if form.is_valid():
        try:
            subjects.set_tag(http.actor_from(request), subject, **form.cleaned_data)
        except InvalidValue as error:
            http.add_error(form, error)
    if not form.is_valid():
        return http.form_response(request, TEMPLATE, "tags", _context(subject, form, is_new=is_new))
    key = form.cleaned_data["key"]
    return _changed(request, subject, key, f"Added the tag {key}." if is_new else f"Saved the tag {key}.")


def _delete(request: HttpRequest, subject: Subject) -> HttpResponse:
    key = request.POST.get("key", "")
    if key.startswith(SYSTEM_PREFIX):
        raise PermissionDenied(f"The tag {key} is the clients' own.")
    try:
        subjects.delete_tag(http.actor_from(request), subject, key)
    except DoesNotExist:
        if subject.has_tag(key):
            raise  # the object is gone, not the tag
    return _changed(request, subject, "", f"Removed the tag {key}.")


def _changed(request: HttpRequest, before: Subject, key: str, message: str) -> HttpResponse:
    if not http.wants_fragment(request):
        return http.moved(request, before.tags_href, message)
    subject = subjects.reloaded(http.actor_from(request), before)
    context = {**_context(subject), "changed": key, "message": message, "has_focus": "is_new" in request.POST or not key}
    response = render(request, f"{TEMPLATE}#tags", context)
    return http.hx_events(response, {"tags:changed": {"noun": subject.noun}})


@require_safe
def suggestions(request: HttpRequest) -> HttpResponse:
    """Options for a datalist: the values used with `key`, or the keys in use."""
    table = TABLES.get(request.GET.get("noun", ""))
    if table is None:
        raise Http404("Tags of what?")
    tags: TagQuerySet = table.objects.visible_to(http.actor_from(request)).peoples_own()
    key = request.GET.get("key") or request.GET.get("tag_key") or ""
    words = tags.suggested_values(key) if key else tags.suggested_keys()
    return render(request, "components/options.html", {"words": words})


def suggestions_href(noun: str) -> str:
    return f"{reverse('web:tag_suggestions')}?noun={noun}"
