"""What templates may say beyond Django's own words: times, numbers, sizes, icons, sparklines, Markdown, queries."""

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from models_app import clock
from models_app import markdown as plain_text
from models_app.limits import MAX_FLOAT
from models_app.services import descriptions

register = template.Library()

MOST_VALUES = 100  # of one key of an address, in a link of the page
ABSENT = mark_safe('<span class="absent" aria-label="none">–</span>')
SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
SPARK_WIDTH, SPARK_HEIGHT, SPARK_INSET = 72, 20, 3


@register.filter
def markdown(text: str, files_url: str = "") -> SafeString:
    """One saved text as safe HTML; relative pictures come from `files_url`. It asks the database: never in a loop."""
    return descriptions.rendered(text or "", files_url=files_url)


@register.filter
def excerpt(text: str, length: int = 140) -> str:
    return plain_text.excerpt(text or "", length)


def _moment(ms: int) -> datetime | None:
    """None beyond the calendar: clients send any 64-bit number, nanoseconds by mistake."""
    try:
        return datetime.fromtimestamp(ms / 1000, tz=UTC)
    except (ValueError, OverflowError, OSError):
        return None


@register.filter
def exact_time(ms: int | None) -> str:
    if not ms:
        return "–"
    moment = _moment(ms)
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC" if moment else f"{ms} ms"


@register.filter
def ago(ms: int | None) -> SafeString | str:
    """A relative time in words, with the exact one on hover and for machines."""
    if not ms:
        return ABSENT
    exact = exact_time(ms)
    moment = _moment(ms)
    if moment is None:
        return exact
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', moment.isoformat(timespec="seconds"), exact, _relative(ms, moment)
    )


def _relative(ms: int, moment: datetime) -> str:
    passed = clock.now_ms() - ms
    if passed < 0:
        return f"{moment:%d %b %Y}".lstrip("0")
    if passed < 45 * SECOND:
        return "just now"
    if passed < HOUR:
        return f"{max(1, passed // MINUTE)} min ago"
    if passed < DAY:
        return f"{passed // HOUR} h ago"
    if passed < 2 * DAY:
        return "yesterday"
    if passed < 30 * DAY:
        return f"{passed // DAY} days ago"
    return f"{moment:%d %b %Y}".lstrip("0")


@register.filter
def duration(ms: int | None) -> str:
    if ms is None:
        return "–"
    if ms < SECOND:
        return f"{ms} ms"
    if ms < MINUTE:
        return f"{ms / SECOND:.1f} s"
    days, rest = divmod(ms, DAY)
    hours, rest = divmod(rest, HOUR)
    minutes, rest = divmod(rest, MINUTE)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (rest // SECOND, "s")]
    shown = [f"{amount} {unit}" for amount, unit in parts if amount][:2]
    return " ".join(shown)


@register.filter
def filesize(size: int | None) -> str:
    if size is None:
        return "–"
    if size < 1000:
        return f"{size} B"
    amount = float(size)
    for unit in ("kB", "MB", "GB", "TB", "PB"):
        amount /= 1000
        if amount < 999.95 or unit == "PB":
            break
    return f"{amount:.1f} {unit}"


@register.filter
def number(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"


@register.filter
def counted(value: int, word: str) -> str:
    """ "1 version", "1,204 versions"; a word with an odd plural is given as "entry,entries"."""
    one, _, many = word.partition(",")
    return f"{value:,} {one if value == 1 else many or one + 's'}"


@register.filter
def exact_number(value: object) -> str:
    """The number as it was logged: nothing rounded, no trailing `.0`."""
    amount = _float_of(value)
    if amount is None:
        return "–"
    if math.isnan(amount):
        return "NaN"
    if abs(amount) >= MAX_FLOAT:
        return "∞" if amount > 0 else "−∞"
    if amount == int(amount) and abs(amount) < 1e15:
        return str(int(amount))
    return _plain_exponent(repr(amount))


@register.filter
def metric(value: object) -> SafeString:
    """Six significant digits for the eye; the number as it was logged on hover, in the page's text for machines."""
    amount = _float_of(value)
    if amount is None:
        return ABSENT
    exact = exact_number(amount)
    short = _short(amount, exact)
    title = "" if short == exact else exact
    return format_html('<data class="number" value="{}"{}>{}</data>', exact, _title(title), short)


@register.filter
def figure(value: float) -> str:
    """A number in four significant digits, where it only gives an idea beside an exact one."""
    return _plain_exponent(f"{value:.4g}")


def _title(text: str) -> SafeString:
    return format_html(' title="{}"', text) if text else SafeString()


def _short(amount: float, exact: str) -> str:
    if len(exact) <= 8 or not math.isfinite(amount):
        return exact
    if amount == int(amount) and abs(amount) < 1e12:
        return exact
    return _plain_exponent(f"{amount:.6g}")


def _plain_exponent(text: str) -> str:
    return text.replace("e+", "e").replace("e-0", "e-").replace("e0", "e")


def _float_of(value: object) -> float | None:
    """A number, or a row with `value` and `is_nan` (the database keeps NaN beside the value)."""
    if getattr(value, "is_nan", False):
        return math.nan
    plain: Any = getattr(value, "value", value)
    if plain is None or plain == "":
        return None
    try:
        return float(plain)
    except (TypeError, ValueError):
        return None


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: object) -> str:
    """The page's own query string with some keys set; None or "" takes a key out. A key that stands in it very often
    loses values: a page of a hundred links would repeat them all in each."""
    params = context["request"].GET.copy()
    for key, values in params.lists():
        params.setlist(key, values[:MOST_VALUES])
    for key, value in changes.items():
        if value is None or value == "":
            params.pop(key, None)
        elif isinstance(value, list | tuple):
            params.setlist(key, [str(part) for part in value])
        else:
            params[key] = str(value)
    return "?" + params.urlencode()


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """A 16 px icon of the sprite: decoration beside words, or the whole meaning when it gets a label."""
    address = f"{static('img/icons.svg')}#{name}"
    if label:
        return format_html('<svg class="icon" role="img" aria-label="{}"><use href="{}"></use></svg>', label, address)
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"></use></svg>', address)


@register.simple_tag
def field_input(field: BoundField, autofocus: bool = False) -> SafeString:
    """The field's widget in our dress, tied to its help and its errors."""
    notes = [f"{field.id_for_label}-help"] if field.help_text else []
    attrs: dict[str, str | bool] = {}
    if not isinstance(field.field.widget, CheckboxInput):
        attrs["class"] = f"input {field.field.widget.attrs.get('class', '')}".strip()
    if field.errors:
        attrs["aria-invalid"] = "true"
        notes.append(f"{field.id_for_label}-error")
    if notes:
        attrs["aria-describedby"] = " ".join(notes)
    if autofocus:
        attrs["autofocus"] = True
    return field.as_widget(attrs=attrs)


@register.simple_tag
def sort_state(current: str, key: str) -> str:
    """The value of aria-sort for column `key` when the list is sorted by `current` ("name", "-name")."""
    if current == key:
        return "ascending"
    return "descending" if current == f"-{key}" else "none"


@register.simple_tag
def sparkline(values: Iterable[float | None], label: str) -> SafeString:
    """A line over the values, oldest first; a gap where a value is missing. `label` says what a reader can't see."""
    points = [amount if amount is not None and math.isfinite(amount) else None for amount in values]
    known = [amount for amount in points if amount is not None]
    if len(known) < 2:
        return ABSENT
    place = _scale(points, min(known), max(known))
    last = max(index for index, amount in enumerate(points) if amount is not None)
    x, y = place[last] or (0.0, 0.0)
    return format_html(
        '<svg class="sparkline" role="img" aria-label="{}" width="{}" height="{}" viewBox="0 0 {} {}">'
        '<path d="{}"></path><circle cx="{}" cy="{}" r="2"></circle></svg>',
        label, SPARK_WIDTH, SPARK_HEIGHT, SPARK_WIDTH, SPARK_HEIGHT, _path(place), f"{x:.1f}", f"{y:.1f}",
    )  # fmt: skip


def _scale(points: Sequence[float | None], low: float, high: float) -> list[tuple[float, float] | None]:
    step = (SPARK_WIDTH - 2 * SPARK_INSET) / (len(points) - 1)
    room = SPARK_HEIGHT - 2 * SPARK_INSET
    # Halves, because the distance between two floats may be no float.
    span = high / 2 - low / 2
    placed: list[tuple[float, float] | None] = []
    for index, amount in enumerate(points):
        if amount is None:
            placed.append(None)
            continue
        height = (amount / 2 - low / 2) / span if span > 0 else 0.5
        placed.append((SPARK_INSET + index * step, SPARK_HEIGHT - SPARK_INSET - height * room))
    return placed


def _path(placed: Sequence[tuple[float, float] | None]) -> str:
    parts: list[str] = []
    pen_down = False
    for point in placed:
        if point is None:
            pen_down = False
            continue
        parts.append(f"{'L' if pen_down else 'M'}{point[0]:.1f} {point[1]:.1f}")
        pen_down = True
    return " ".join(parts)
