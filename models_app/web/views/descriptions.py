"""Descriptions: read, edit with a preview, and save without running over somebody else's words."""

import difflib
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from models_app.errors import Conflict, InvalidValue, PermissionDenied
from models_app.services import descriptions
from models_app.web import http, subjects
from models_app.web.forms.descriptions import DescriptionForm, PreviewForm, digest_of
from models_app.web.subjects import Subject

TEMPLATE = "descriptions/edit.html"
READ = "components/description.html"
DIFF_LINES = 1_000  # of each text; comparing takes quadratic time


@dataclass(frozen=True, slots=True)
class Line:
    sign: str
    text: str


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, noun: str, **keys: str | int) -> HttpResponse:
    subject = subjects.find(http.actor_from(request), noun, **keys)
    if request.GET.get("view") == "read":
        return _read(request, subject)
    if subject.denied:
        raise PermissionDenied(subject.denied)
    if request.method == "POST":
        return _save(request, subject)
    context = {"subject": subject, "form": _form_with(subject, subject.description), "preview": None}
    return render(request, http.fragment(request, TEMPLATE, "description"), context)


def _form_with(subject: Subject, text: str, *, is_unsaved: bool = False) -> DescriptionForm:
    initial = {"description": text, "expected": digest_of(subject.description)}
    return DescriptionForm(initial=initial, draft=subject.description_href, is_unsaved=is_unsaved)


def _read(request: HttpRequest, subject: Subject) -> HttpResponse:
    if not http.wants_fragment(request):
        return HttpResponseRedirect(subject.page)
    html = descriptions.rendered(subject.description)
    return render(request, READ, {"subject": subject, "html": html, "has_focus": True})


def _save(request: HttpRequest, subject: Subject) -> HttpResponse:
    form = DescriptionForm(request.POST, draft=subject.description_href, is_unsaved=True)
    if not form.is_valid():
        return _refused(request, subject, form)
    text = form.cleaned_data["description"]
    if request.POST.get("step") == "preview":
        return render(request, TEMPLATE, {"subject": subject, "form": form, "preview": descriptions.preview(text)})
    if form.is_outdated(subject.description):
        return _conflict(request, subject, text)
    actor = http.actor_from(request)
    try:
        # What was just read stands for the digest: the service compares once more, with the row locked.
        subjects.write_description(actor, subject, text, subject.description)
    except Conflict:
        return _conflict(request, subjects.reloaded(actor, subject), text)
    except InvalidValue as error:
        http.add_error(form, error)
        return _refused(request, subject, form)
    return _saved(request, subjects.reloaded(actor, subject))


def _refused(request: HttpRequest, subject: Subject, form: DescriptionForm) -> HttpResponse:
    context = {"subject": subject, "form": form, "preview": None}
    return http.form_response(request, TEMPLATE, "description", context)


def _conflict(request: HttpRequest, theirs: Subject, text: str) -> HttpResponse:
    """Both texts and what differs. The form now starts from theirs: saving it again is a decision."""
    context = {
        "subject": theirs,
        "form": _form_with(theirs, text, is_unsaved=True),
        "preview": None,
        "theirs": theirs.description,
        "last_edit": subjects.last_description_edit(http.actor_from(request), theirs),
        "lines": _difference(theirs.description, text),
    }
    return http.form_response(request, TEMPLATE, "description", context)


def _difference(theirs: str, mine: str) -> list[Line]:
    """From their text to mine, line by line; nothing for texts too long to compare while somebody waits."""
    old, new = theirs.splitlines(), mine.splitlines()
    if max(len(old), len(new)) > DIFF_LINES:
        return []
    lines: list[Line] = []
    for kind, old_from, old_to, new_from, new_to in difflib.SequenceMatcher(None, old, new).get_opcodes():
        if kind == "equal":
            lines += [Line("", text) for text in old[old_from:old_to]]
            continue
        lines += [Line("-", text) for text in old[old_from:old_to]]
        lines += [Line("+", text) for text in new[new_from:new_to]]
    return lines


def _saved(request: HttpRequest, subject: Subject) -> HttpResponse:
    if not http.wants_fragment(request):
        return http.moved(request, subject.page, "Description saved.")
    response = _read(request, subject)
    http.hx_events(response, {"description:saved": {"noun": subject.noun}})
    http.toast(response, "Description saved.")
    return response


@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """What the text will look like once it is saved; any text, so it needs no object."""
    form = PreviewForm(request.POST)
    html = descriptions.preview(form.cleaned_data["description"]) if form.is_valid() else ""
    return render(request, "components/markdown_preview.html", {"html": html, "errors": form.errors})
