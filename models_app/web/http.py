"""All the htmx glue there is: who asks, which fragment to answer, and how success and refusal are told."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypedDict
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from models_app.actors import Actor
from models_app.errors import RegistryError

THEMES = ("system", "light", "dark")
THEME_COOKIE = "laurel_theme"
# Which word of the main navigation an address belongs to, by its first segment.
SECTIONS = {
    "": "models",
    "models": "models",
    "register": "models",
    "new/model": "models",
    "experiments": "experiments",
    "new/experiment": "experiments",
    "runs": "experiments",
    "logged-models": "experiments",
    "datasets": "experiments",
    "activity": "activity",
}


class Toast(TypedDict, total=False):
    """`url` and `label` make a link; `undo` takes a POST; `level` is success, info, warning or error."""

    message: str
    url: str
    label: str
    undo: str
    level: str
    copy: str


def actor_from(request: HttpRequest) -> Actor:
    user = request.user
    return Actor(
        name=user.get_username(),
        via="web",
        user=user if user.is_authenticated else None,
        request_id=getattr(request, "request_id", ""),
        ip=request.META.get("REMOTE_ADDR") or "",
    )


def wants_fragment(request: HttpRequest) -> bool:
    htmx: Any = getattr(request, "htmx", None)
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def target_of(request: HttpRequest) -> str:
    """The id of the element htmx will fill."""
    return getattr(getattr(request, "htmx", None), "target", None) or ""


def current_address(request: HttpRequest) -> str:
    """Path and query of the page htmx asks from or a form was sent from; "" when neither says, or no page of ours."""
    htmx: Any = getattr(request, "htmx", None)
    address = (htmx.current_url if htmx else request.headers.get("Referer")) or ""
    try:
        page, here = urlsplit(address), (request.scheme, request.get_host())
    except ValueError:
        return ""
    return urlunsplit(("", "", page.path, page.query, "")) if (page.scheme, page.netloc) == here else ""


def fragment(request: HttpRequest, template: str, *names: str) -> str:
    """`template#name` when htmx asks for one of `names` (the id of the element it will fill), else the whole page."""
    if wants_fragment(request) and target_of(request) in names:
        return f"{template}#{target_of(request)}"
    return template


def posted(request: HttpRequest) -> QueryDict | None:
    """What binds a form; a form of which only the button was sent has no data but was posted all the same."""
    return request.POST if request.method == "POST" else None


def add_error(form: BaseForm, error: RegistryError) -> None:
    form.add_error(error.field if error.field in form.fields else None, error.message)


def hx_events(response: HttpResponse, events: Mapping[str, object]) -> HttpResponse:
    """Adds client events to the answer; calling it twice keeps the events of both calls."""
    present = json.loads(response.headers.get("HX-Trigger", "{}"))
    response.headers["HX-Trigger"] = json.dumps({**present, **events})
    return response


def toast(
    answer: HttpRequest | HttpResponse,
    message: str,
    *,
    url: str = "",
    label: str = "",
    undo: str = "",
    copy: str = "",
    level: str = "success",
) -> None:
    """On a response the toast appears at once (htmx); on a request it is kept for the next page (redirects)."""
    given = {"message": message, "url": url, "label": label, "undo": undo, "copy": copy, "level": level}
    content = {key: value for key, value in given.items() if value}
    if isinstance(answer, HttpResponse):
        hx_events(answer, {"toast": content})
        return
    messages.add_message(answer, getattr(messages, level.upper()), message, extra_tags=json.dumps(content))


def saved(
    request: HttpRequest,
    redirect_to: str,
    message: str = "",
    *,
    events: Mapping[str, object] | None = None,
    url: str = "",
    label: str = "",
    undo: str = "",
    copy: str = "",
) -> HttpResponse:
    """After a POST that worked: the page stays and hears `events` (htmx), or the browser goes to `redirect_to`."""
    if not wants_fragment(request):
        return moved(request, redirect_to, message, url=url, label=label, undo=undo)
    response = HttpResponse(status=204)
    hx_events(response, {"dialog:close": {}, **(events or {})})
    if message:
        toast(response, message, url=url, label=label, undo=undo, copy=copy)
    return response


def moved(
    request: HttpRequest, redirect_to: str, message: str = "", *, url: str = "", label: str = "", undo: str = ""
) -> HttpResponse:
    """Like `saved`, when the page the user stands on is gone or has another address: htmx goes to `redirect_to` too."""
    if message:
        toast(request, message, url=url, label=label, undo=undo)
    if wants_fragment(request):
        return HttpResponse(status=204, headers={"HX-Redirect": redirect_to})
    return HttpResponseRedirect(redirect_to)


def form_response(request: HttpRequest, template: str, name: str, context: Mapping[str, Any]) -> HttpResponse:
    """A refused form with what was typed and why: its fragment for htmx, the whole page otherwise; 422 both times."""
    chosen = f"{template}#{name}" if wants_fragment(request) else template
    return render(request, chosen, dict(context), status=422)


def located(address: str, *, target: str) -> HttpResponse:
    """For htmx: fetch this address into the element of that id, as if its link had been pressed."""
    where = {"path": address, "target": f"#{target}", "swap": "outerHTML"}
    return HttpResponse(status=204, headers={"HX-Location": json.dumps(where)})


def safe_next(request: HttpRequest, fallback: str) -> str:
    """The `next` address of a form, if it stays on this server."""
    address = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(address, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return address
    return fallback


def whole_number(text: str | None) -> int | None:
    """A number of an address, where anything may stand; None for what is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


def theme_of(request: HttpRequest) -> str:
    theme = request.COOKIES.get(THEME_COOKIE, "system")
    return theme if theme in THEMES else "system"


def site_context(request: HttpRequest) -> dict[str, object]:
    """What base.html needs on every page, error pages included."""
    address = request.path.lstrip("/")
    return {
        "theme": theme_of(request),
        "themes": THEMES,
        "section": SECTIONS.get(address) or SECTIONS.get(address.partition("/")[0], ""),
        "login_required": settings.LOGIN_REQUIRED,
        "toasts": _toasts_of(request),
    }


def _toasts_of(request: HttpRequest) -> Callable[[], Iterator[Toast]]:
    # A function, so that only a page that shows the messages uses them up.
    def toasts() -> Iterator[Toast]:
        for message in messages.get_messages(request):
            if message.extra_tags.startswith("{"):
                # A template that asks a dict for a missing `copy` gets its method.
                yield {"copy": "", **json.loads(message.extra_tags)}
            else:
                yield {"message": str(message.message), "level": message.level_tag, "copy": ""}

    return toasts
