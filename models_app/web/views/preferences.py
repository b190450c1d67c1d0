"""What one browser prefers: its theme, kept in a cookie so that it needs neither script nor account."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST

from models_app.web import http

YEAR = 365 * 24 * 3600


@login_not_required
@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    response = HttpResponseRedirect(http.safe_next(request, "/"))
    theme = request.POST.get("theme", "system")
    if theme in http.THEMES:
        response.set_cookie(
            http.THEME_COOKIE, theme, max_age=YEAR, samesite="Lax", httponly=True, secure=settings.SECURE_COOKIES
        )
    return response
