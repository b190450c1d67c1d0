"""What the pages of a registry cost: queries, milliseconds (best of three) and bytes as they are sent.

By hand, on a folder that `many_runs` filled and `serve` has been started on once:
`python -m tests.benchmarks.pages FOLDER`. Nothing is asserted; tests hold the budgets.
"""

import argparse
import gzip
import os
import time
import uuid
from typing import Any

TABLE = "/experiments/1"
PAGES = {
    "experiments": "/experiments",
    "runs": TABLE,
    "runs, nested ones unfolded": f"{TABLE}?open=all",
    "runs by a metric": f"{TABLE}?sort=-metrics.accuracy",
    "runs by duration": f"{TABLE}?sort=-duration",
    "runs by a param": f"{TABLE}?sort=params.depth",
    "runs by name": f"{TABLE}?sort=run_name",
    "runs that failed": f"{TABLE}?status=FAILED",
    "runs of two conditions": f"{TABLE}?q=params.family = 'forest' AND metrics.accuracy > 0.9",
    "runs in groups": f"{TABLE}?group=params.family",
    "all fifty metrics": f"{TABLE}?{'&'.join(f'cols=metrics.metric_{number:02}' for number in range(2, 50))}",
    "words of the filter": f"{TABLE}/words?q=metrics.",
    "charts": f"{TABLE}/charts",
    "charts of 100 runs": f"{TABLE}/charts?n=100",
    "parallel coordinates of 100 runs": f"{TABLE}/charts?n=100&kind=parallel",
    "compare 10 runs": "/runs/compare?{ten}",
    "compare 100 runs": "/runs/compare?{hundred}",
    "curves of 10 runs": "/charts/series?key=accuracy&{ten}",
    "a run": "/runs/{run}",
    "a run of a million points": "/runs/{long}",
    "its curves": "/runs/{long}/metrics",
    "its series": "/charts/series?key=loss&ids={long}",
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the pages of a registry of very many runs.")
    parser.add_argument("folder")
    given = parser.parse_args()
    os.environ |= {"LAUREL_DATA_DIR": given.folder, "DJANGO_SETTINGS_MODULE": "registry_site.settings"}
    os.environ.setdefault("LAUREL_SECRET_KEY", uuid.uuid4().hex * 2)

    import django

    django.setup()
    from django.conf import settings
    from django.test import Client

    settings.ALLOWED_HOSTS = ["testserver"]
    client = Client()
    places = example_ids()
    for name, address in PAGES.items():
        queries, milliseconds, size, sent = measure(client, address.format(**places))
        print(f"{name:35} {queries:3} queries {milliseconds:7.0f} ms {size / 1000:8.1f} kB {sent / 1000:6.1f} kB sent")
    place, cost = deep_page(client)
    print(f"page {place} of the runs by a metric: {cost:.0f} ms")


def example_ids() -> dict[str, str]:
    from models_app.models import Run

    ids = list(Run.objects.filter(experiment_id=1).order_by("-started_at").values_list("pk", flat=True)[:100])
    long = Run.objects.filter(experiment_id=2).values_list("pk", flat=True).get()
    listed = [f"ids={run_id}" for run_id in ids]
    return {"run": ids[0], "long": long, "ten": "&".join(listed[:10]), "hundred": "&".join(listed)}


def measure(client: Any, address: str) -> tuple[int, float, int, int]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        response = client.get(address)
        content = response.getvalue()
        best = min(best, time.perf_counter() - start)
    assert response.status_code == 200, (address, response.status_code)
    with CaptureQueriesContext(connection) as captured:
        client.get(address).getvalue()
    packed = response.headers.get("Content-Encoding") == "gzip"
    return len(captured), best * 1000, len(content), len(content) if packed else len(gzip.compress(content))


def deep_page(client: Any, place: int = 1_000) -> tuple[int, float]:
    """The pages before it are read as a person would, one link after the other."""
    from urllib.parse import urljoin

    address = f"{TABLE}?sort=-metrics.accuracy&cols=metrics.accuracy&live=off"
    for number in range(1, place + 1):
        start = time.perf_counter()
        content = client.get(address, headers={"HX-Request": "true", "HX-Target": "runs"}).content.decode()
        cost = time.perf_counter() - start
        if 'rel="next"' not in content:
            return number, cost * 1000
        following = content.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
        address = urljoin(f"http://x{TABLE}", following)[len("http://x") :]
    return place, cost * 1000


if __name__ == "__main__":
    main()
