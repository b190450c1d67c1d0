"""What every template keeps to: nothing inline, nothing for htmx to evaluate, every htmx link with an address."""

import re
from pathlib import Path

import pytest

from tests.conftest import once

pytestmark = once

ROOT = Path(__file__).resolve().parent.parent.parent
TEMPLATES = ROOT / "templates"
FILES = sorted(TEMPLATES.rglob("*.html"))
COMPONENTS = sorted((TEMPLATES / "components").glob("*.html"))
SCRIPTS = sorted((ROOT / "static/js").rglob("*.js"))
STYLES = sorted((ROOT / "static/css").rglob("*.css"))
ICONS = set(re.findall(r'<symbol id="([\w-]+)"', (ROOT / "static/img/icons.svg").read_text()))

FORBIDDEN = {
    r"<style": "style elements are blocked by the policy",
    r"\sstyle=": "style attributes are blocked by the policy",
    r"<script(?![^>]*\ssrc=)(?![^>]*json)": "inline scripts are blocked by the policy",
    r"\son[a-z]+=": "event attributes are blocked by the policy",
    r"hx-on": "htmx would have to evaluate it",
    r"hx-vals='js:|hx-vals=\"js:|hx-headers='js:": "htmx would have to evaluate it",
    r'hx-trigger="[^"]*\[': "htmx cannot evaluate the filter and would always send",
    r"https?://(?!www\.w3\.org)": "pages ask nobody else for anything",
    r"\|safe\b": "only the renderer of Markdown says what is safe",
    r"{%\s*autoescape\s+off": "untrusted text is escaped",
}


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def tags_of(text: str) -> list[str]:
    """Opening tags, with Django's own tags inside them left in place."""
    return re.findall(r"<[a-z][^<]*?(?:{[{%].*?[%}]}[^<]*?)*>", text, flags=re.DOTALL)


@pytest.mark.parametrize("path", FILES, ids=named)
def test_template_holds_nothing_inline(path):
    text = path.read_text()
    found = [f"{pattern}: {why}" for pattern, why in FORBIDDEN.items() if re.search(pattern, text)]
    assert not found


@pytest.mark.parametrize("path", FILES, ids=named)
def test_template_begins_with_what_it_is(path):
    assert path.read_text().startswith("{#"), "say in a first-line comment what this is and what it needs"


@pytest.mark.parametrize("path", FILES, ids=named)
def test_htmx_only_makes_working_links_and_forms_quicker(path):
    for tag in tags_of(path.read_text()):
        if "hx-get=" in tag and tag.startswith("<a"):
            assert " href=" in tag, tag
        if "hx-post=" in tag and tag.startswith("<form"):
            assert " action=" in tag, tag
            assert 'method="post"' in tag, tag
        if re.search(r"hx-(get|post)=", tag):
            assert {"hx-target", "hx-swap"} <= set(re.findall(r"hx-[a-z]+(?==)", tag)), f"on the element itself: {tag}"


@pytest.mark.parametrize("path", FILES, ids=named)
def test_every_button_says_what_kind_it_is(path):
    for tag in tags_of(path.read_text()):
        if tag.startswith("<button"):
            assert " type=" in tag, tag


@pytest.mark.parametrize("path", FILES, ids=named)
def test_post_form_carries_the_token(path):
    text = path.read_text()
    assert text.count('method="post"') <= text.count("{% csrf_token %}") + text.count("csrfmiddlewaretoken")


@pytest.mark.parametrize("path", FILES, ids=named)
def test_icons_named_in_templates_exist(path):
    used = set(re.findall(r"{% icon \"([\w-]+)\"", path.read_text()))
    assert used <= ICONS


@pytest.mark.parametrize("path", COMPONENTS, ids=named)
def test_component_lists_its_inputs(path):
    first = path.read_text().splitlines()[0].lower()
    assert any(word in first for word in ("inputs:", "input", "context:"))


@pytest.mark.parametrize("path", FILES, ids=named)
def test_components_are_included_with_only(path):
    # The head and the toasts of base.html are parts of it, not components: they see what it sees.
    own_parts = {"components/masthead.html", "components/toasts.html"}
    for name, rest in re.findall(r"{% include \"(components/[\w/]+\.html)\"([^%]*)%}", path.read_text()):
        assert name in own_parts or rest.strip().endswith("only"), name


@pytest.mark.parametrize("path", SCRIPTS, ids=named)
def test_script_is_one_small_behaviour(path):
    text = path.read_text()
    assert len(text.splitlines()) <= 80
    assert text.startswith("//"), "say what it does"
    assert not re.search(r"\beval\(|new Function|innerHTML|\.style\b|https?://(?!host/)|console\.", text)


@pytest.mark.parametrize("path", STYLES, ids=named)
def test_style_sheet_has_no_colour_or_address_of_its_own(path):
    text = path.read_text()
    assert len(text.splitlines()) < 400
    assert "url(" not in text
    if path.name != "tokens.css":
        assert not re.findall(r"#[0-9a-f]{3,8}\b|\brgb|\bhsl|\boklch", text)
