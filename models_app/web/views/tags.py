"""Tags of whatever has some: add, change and remove them where they stand, search them where they are many."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from models_app.errors import DoesNotExist, InvalidValue, PermissionDenied
from models_app.models import ExperimentTag, LoggedModelTag, ModelVersionTag, RegisteredModelTag, RunTag
from models_app.models.tags import SYSTEM_PREFIX
from models_app.services import undoing
from models_app.web import http, subjects
from models_app.web.forms.tags import TagForm
from models_app.web.keyed import Looked, read_keys
from models_app.web.lists import addressed
from models_app.web.subjects import Subject

TEMPLATE = "tags/edit.html"
READ = "components/tags_editor.html"
NEW_KEY = "tag-key"
RESTORED = "tags:restored"  # the regions that show tags read themselves anew
LONG = 120  # characters; a longer value, or one of several lines, gets a text area
TABLES = {
    "registered_model": RegisteredModelTag,
    "model_version": ModelVersionTag,
    "experiment": ExperimentTag,
    "run": RunTag,
    "logged_model": LoggedModelTag,
}


@dataclass(frozen=True, slots=True)
class Row:
    """A tag as the editor shows it: with what was typed and what is wrong with that."""

    id: str
    key: str
    value: str
    errors: tuple[str, ...] = ()
    is_saved: bool = False

    @property
    def is_long(self) -> bool:
        return len(self.value) > LONG or "\n" in self.value


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, noun: str, **keys: str | int) -> HttpResponse:
    actor = http.actor_from(request)
    subject = subjects.subject_of(actor, subjects.load(actor, noun, keys), Looked.of(request.GET, "tags"))
    if request.GET.get("view") == "all":
        return _all(request, subject)
    if request.GET.get("view") == "read":
        if http.wants_fragment(request):
            return render(request, READ, {"subject": subject, "has_focus": True})
        return HttpResponseRedirect(subject.page)
    if subject.denied:
        raise PermissionDenied(subject.denied)
    if request.method == "POST" and "undo" in request.GET:
        return _undo(request, subject)
    if request.method == "POST":
        return _delete(request, subject) if request.POST.get("step") == "delete" else _set(request, subject)
    rows = _rows(subject)
    typed = TagForm(initial={name: request.GET.get(name, "") for name in ("key", "value")})
    context = _context(request, subject, rows, typed, focus=rows[0].id if rows else NEW_KEY)
    response = render(request, http.fragment(request, TEMPLATE, "tags"), context)
    # The editor may also stand in the page of the thing itself, whose address stays.
    stands_alone = http.current_address(request).partition("?")[0] == request.path
    return addressed(request, response) if stands_alone else response


def _all(request: HttpRequest, subject: Subject) -> HttpResponse:
    """Of every kind, to read: whole values, also for those who can't change them."""
    keyed = read_keys(subject.obj.tags.all(), subject.tag_page.asked)
    context = {"subject": subject, "keyed": keyed, "kept": [("view", "all")]}
    return addressed(request, render(request, http.fragment(request, "tags/list.html", "all-tags"), context))


def _rows(subject: Subject) -> list[Row]:
    return [Row(f"tag-{number}", tag.key, tag.value) for number, tag in enumerate(subject.tags, start=1)]


def _context(
    request: HttpRequest, subject: Subject, rows: list[Row], form: TagForm | None = None, **more: str
) -> dict[str, object]:
    taken = {row.key for row in rows}
    asked, page = subject.tag_page.asked, subject.tag_page
    more = {
        "place": _place(asked),
        "next_href": subject.tags_href + _place(replace(asked, after=page.next_after)),
        "first_href": subject.tags_href + _place(replace(asked, after="")),
    } | more
    tags = _table(subject.noun).objects.visible_to(http.actor_from(request)).peoples_own()
    keys = [key for key in tags.suggested_keys() if key not in taken]
    return {"subject": subject, "rows": rows, "form": form or TagForm(), "key_suggestions": keys, **more}


def _set(request: HttpRequest, subject: Subject) -> HttpResponse:
    is_new = "is_new" in request.POST
    key = request.POST.get("key", "").strip()
    taken = [key] if is_new and subject.has_tag(key) else ()
    form = TagForm(request.POST, taken=taken, limit=subject.text_limit)
    if form.is_valid():
        try:
            subjects.set_tag(http.actor_from(request), subject, **form.cleaned_data)
        except InvalidValue as error:
            http.add_error(form, error)
    if not form.is_valid():
        return _refused(request, subject, form, is_new=is_new)
    key = form.cleaned_data["key"]
    message = f"Added the tag {key}." if is_new else f"Saved the tag {key}."
    return _changed(request, subject, message, key, focus=NEW_KEY if is_new else "")


def _refused(request: HttpRequest, subject: Subject, form: TagForm, *, is_new: bool) -> HttpResponse:
    rows = _rows(subject)
    if is_new:
        context = _context(request, subject, rows, form, focus=NEW_KEY)
        return http.form_response(request, TEMPLATE, "tags", context)
    key, value = form.data.get("key", ""), form.data.get("value", "")
    errors = tuple(str(message) for messages in form.errors.values() for message in messages)
    if subject.has_tag(key):
        rows = _with_row(rows, subject, key)
    at = next((index for index, row in enumerate(rows) if row.key == key), None)
    if at is None:  # somebody removed it meanwhile: what was typed goes where it can be added
        return http.form_response(request, TEMPLATE, "tags", _context(request, subject, rows, form, focus=NEW_KEY))
    rows[at] = replace(rows[at], value=value, errors=errors)
    return http.form_response(request, TEMPLATE, "tags", _context(request, subject, rows, focus=rows[at].id))


def _delete(request: HttpRequest, subject: Subject) -> HttpResponse:
    key = request.POST.get("key", "")
    if key.startswith(SYSTEM_PREFIX):
        raise PermissionDenied(f"The tag {key} is the clients' own.")
    actor = http.actor_from(request)
    message = f"Removed the tag {key}."
    try:
        if not subject.has_tag(key):
            raise DoesNotExist(f"There is no tag {key}.", field="key")
        subjects.delete_tag(actor, subject, key)
    except DoesNotExist:  # somebody else was quicker, so there is nothing to undo
        return _changed(request, subject, message, focus=NEW_KEY)
    undo = f"{subject.tags_href}?{urlencode({'undo': actor.request_id})}"
    if not http.wants_fragment(request):
        return http.moved(request, subject.tags_href + _place(subject.tag_page.asked), message, undo=undo)
    response = _changed(request, subject, "", focus=NEW_KEY)
    http.toast(response, message, undo=undo)
    return response


def _undo(request: HttpRequest, subject: Subject) -> HttpResponse:
    actor = http.actor_from(request)
    key = undoing.undo_tag_removal(actor=actor, obj=subject.obj, request_id=request.GET.get("undo", ""))
    return http.saved(request, subject.tags_href, f"The tag {key} is back.", events={RESTORED: {"noun": subject.noun}})


def _changed(request: HttpRequest, before: Subject, message: str, key: str = "", focus: str = "") -> HttpResponse:
    if not http.wants_fragment(request):
        return http.moved(request, before.tags_href + _place(before.tag_page.asked), message)
    subject = subjects.reloaded(http.actor_from(request), before)
    rows = _with_row(_rows(subject), subject, key) if key else _rows(subject)
    rows = [replace(row, is_saved=row.key == key) for row in rows]
    context = _context(request, subject, rows, message=message, focus=focus or _id_of(rows, key))
    response = render(request, f"{TEMPLATE}#tags", context)
    return http.hx_events(response, {"tags:changed": {"noun": subject.noun}})


def _with_row(rows: list[Row], subject: Subject, key: str) -> list[Row]:
    """What was just saved is shown, whichever page it would be on."""
    if any(row.key == key for row in rows):
        return rows
    saved = subject.obj.tags.filter(key=key).first()
    return [Row("tag-0", saved.key, saved.value), *rows] if saved else rows


def _place(asked: Looked) -> str:
    """The search and the page of the editor, for the addresses of its forms."""
    given = {"tags_q": asked.words, "tags_after": asked.after}
    query = urlencode({name: text for name, text in given.items() if text})
    return f"?{query}" if query else ""


def _id_of(rows: list[Row], key: str) -> str:
    return next((row.id for row in rows if row.key == key), NEW_KEY)


@require_safe
def suggestions(request: HttpRequest) -> HttpResponse:
    """Options for a datalist: the values used with `key`, or the keys in use."""
    tags = _table(request.GET.get("noun", "")).objects.visible_to(http.actor_from(request)).peoples_own()
    key = request.GET.get("key") or request.GET.get("tag_key") or ""
    words = tags.suggested_values(key) if key else tags.suggested_keys()
    return render(request, "components/options.html", {"words": words})


def _table(noun: str) -> Any:
    if noun not in TABLES:
        raise DoesNotExist("There are tags of models, versions, experiments, runs and logged models only.")
    return TABLES[noun]
