"""axe-core in a page: what it finds wrong for people who can't see, point or tell colours apart."""

from pathlib import Path
from typing import Any

SOURCE = Path(__file__).parent / "vendor" / "axe-core-4.14.1" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

COLOURS = ["color-contrast", "link-in-text-block"]


class Axe:
    def __init__(self) -> None:
        self.source = SOURCE.read_text(encoding="utf-8")

    def violations(self, page: Any, *, of_colours: bool = False) -> list[str]:
        """`of_colours` looks at those alone: all that another colour scheme of the same page can change."""
        # Evaluated, not added as a script: the pages' policy would refuse that.
        page.evaluate(self.source)
        rules = {"type": "rule", "values": COLOURS} if of_colours else {"type": "tag", "values": RULES}
        found = page.evaluate("rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", rules)
        return [
            f"{violation['id']} ({violation['impact']}): {node['html'][:160]} – {node['failureSummary'][:400]}"
            for violation in found["violations"]
            for node in violation["nodes"]
        ]
