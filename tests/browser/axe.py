"""axe-core in a page: what it finds wrong for people who can't see, point or tell colours apart."""

from pathlib import Path
from typing import Any

SOURCE = Path(__file__).parent / "vendor" / "axe-core-4.14.1" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


class Axe:
    def __init__(self) -> None:
        self.source = SOURCE.read_text(encoding="utf-8")

    def violations(self, page: Any) -> list[str]:
        # Evaluated, not added as a script: the pages' policy would refuse that.
        page.evaluate(self.source)
        found = page.evaluate("rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", RULES)
        return [
            f"{violation['id']} ({violation['impact']}): {node['html'][:160]} – {node['failureSummary'][:400]}"
            for violation in found["violations"]
            for node in violation["nodes"]
        ]
