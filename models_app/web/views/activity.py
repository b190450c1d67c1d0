"""Who did what, in the whole workspace: narrowed by person, kind of thing and words, the newest first."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from models_app.models import Event
from models_app.web import history, http

NOUNS = {
    "model": ("Models", ("registered_model.", "registered_model_tag.")),
    "version": ("Versions", ("model_version.", "model_version_tag.", "model_version_stage.")),
    "alias": ("Aliases", ("model_version_alias.",)),
    "experiment": ("Experiments", ("experiment.", "experiment_tag.")),
    "run": ("Runs", ("run.", "logged_model.")),
}


@require_safe
def activity_list(request: HttpRequest) -> HttpResponse:
    actor = http.actor_from(request)
    who = request.GET.get("who", "").strip()
    noun = request.GET.get("what", "")
    found: Any = Event.objects.visible_to(actor)
    if who:
        found = found.by(who)
    if noun in NOUNS:
        found = found.of_kinds(NOUNS[noun][1])
    context = {
        "page": history.read_page(actor, found, http.whole_number(request.GET.get("before"))),
        "is_later_page": "before" in request.GET,
        "who": who,
        "noun": noun if noun in NOUNS else "",
        "nouns": [(key, title) for key, (title, _) in NOUNS.items()],
        "is_narrowed": bool(who) or noun in NOUNS,
    }
    return render(request, http.fragment(request, "activity/list.html", "activity"), context)
