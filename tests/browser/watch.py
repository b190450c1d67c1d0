"""Watching a page: whatever goes wrong in it, unseen by the test, fails the test all the same."""

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response

# Said in the console as well, and so counted there.
REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`policy violated: ${event.violatedDirective} by ${event.blockedURI}`);
});
"""
FAILED_LOAD = "Failed to load resource"
# Typing on overtakes the search for what was typed before: htmx calls that an error, and says so twice.
OVERTAKEN = ("htmx:sendAbort", "htmx:afterRequest")
REFUSAL = re.compile(r"Blocked script execution|Refused to|Content Security Policy|policy violated|sandboxed")
# A form that refuses answers 422, and Chromium writes every such answer into the console.
REFUSED_FORM = 422


@dataclass
class Watch:
    """`allow(404)` before a step that is meant to get that answer."""

    origin: str
    faults: list[str] = field(default_factory=list)
    allowed: set[int] = field(default_factory=lambda: {REFUSED_FORM})
    refusals_expected: bool = False

    def allow(self, *statuses: int) -> None:
        self.allowed.update(statuses)

    def expect_refusals(self) -> None:
        """The test shows the browser what its policy has to stop: that it complains is what the test is about."""
        self.refusals_expected = True

    def follow(self, context: BrowserContext) -> None:
        context.add_init_script(REPORT_VIOLATIONS)
        context.on("request", self._on_request)
        context.on("response", self._on_response)
        context.on("page", self._follow_page)

    def _follow_page(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.faults.append(f"error in {page.url}: {error}"))
        page.on("console", self._on_console)

    def _on_console(self, message: ConsoleMessage) -> None:
        # A failed load is judged by its status, which the message does not hold in a form to rely on.
        if message.type != "error" or message.text.startswith((FAILED_LOAD, *OVERTAKEN)):
            return
        if not (self.refusals_expected and REFUSAL.search(message.text)):
            self.faults.append(f"console: {message.text}")

    def _on_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in {"data", "blob", "about"} and f"{parts.scheme}://{parts.netloc}" != self.origin:
            self.faults.append(f"request to elsewhere: {request.url}")

    def _on_response(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.allowed:
            self.faults.append(f"{response.status} from {response.request.method} {response.url}")
