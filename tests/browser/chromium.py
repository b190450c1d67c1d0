"""Finding a Chromium to drive: the one named, one that is installed, or playwright's own download."""

import os
import shutil
from pathlib import Path

COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
MAC_APPLICATIONS = ("Google Chrome", "Chromium", "Microsoft Edge")
# No sandbox: tests often run as root in a container, and open only our own pages. Nothing is looked up anywhere.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
)


def find_browser(downloaded: str) -> str | None:
    """`downloaded` is where playwright would have put its own."""
    if named := os.environ.get("LAUREL_BROWSER"):
        return named
    for command in COMMANDS:
        if found := shutil.which(command):
            return found
    for name in MAC_APPLICATIONS:
        application = Path("/Applications", f"{name}.app", "Contents", "MacOS", name)
        if application.exists():
            return str(application)
    return downloaded if Path(downloaded).exists() else None


def is_required() -> bool:
    return os.environ.get("LAUREL_REQUIRE_BROWSER", "") not in {"", "0"}
