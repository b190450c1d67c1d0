"""Recording the example registry anew: `python -m models_app.demo.record`, from the repository's folder.

It starts an empty Laurel in a folder of its own, trains on scikit-learn's bundled data with the stock mlflow client,
tells the registry's story through the services, and writes `registry.zip`.

What is real: every run, curve, figure, file and model, and how long each took. What is arranged: the moments. Runs are
moved as a whole so that they spread over six weeks, registry events happen at a moment and by a person that
`stories.py` names. The dates inside the models' own files (`utc_time_created`) stay those of the recording, and paths
in them lose the folder of the checkout. `claims.check` refuses a recording that does not bear out the texts.
"""

import argparse
import logging
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path

import mlflow

from models_app.demo import diabetes, digits, iris, sentences, tumours, wine
from models_app.demo.journal import Journal
from registry_site import options

CHECKOUT = Path(__file__).resolve().parent.parent.parent
PEOPLE = ("mia", "ed", "vic")
EXPERIMENTS = (
    (iris, "ed", 41.6, "Small models on 150 flowers: what does a support vector machine gain over a line?"),
    (wine, "mia", 37.0, "Three cultivars, thirteen measurements. Started as a **comparison of learning rates**."),
    (digits, "vic", 36.1, "Networks on 8 × 8 images. The question since the second week: *what if a digit is off?*"),
    (tumours, "ed", 35.2, "Linear models against boosting. Judged by **recall of malignant tumours** first."),
    (diabetes, "vic", 30.2, "Regression on 442 patients, and how to say how unsure the answer is."),
    (sentences, "vic", 18.0, "Text: sentences of scikit-learn's own data sheets."),
)


def train(tracking_uri: str, journal: Journal) -> None:
    logging.getLogger("mlflow").setLevel(logging.ERROR)
    mlflow.set_tracking_uri(tracking_uri)
    for module, *_ in EXPERIMENTS:
        started = time.monotonic()
        module.train(journal)
        print(f"{module.EXPERIMENT}: {time.monotonic() - started:.0f} s", flush=True)


def record(archive: Path) -> None:
    # The models from code are named by paths from here.
    with chdir(CHECKOUT), tempfile.TemporaryDirectory(prefix="laurel-recording-") as folder:
        options.apply(["--data-dir", folder, "--port", "0", "--host", "127.0.0.1"])
        with _server() as address:
            os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry_site.settings")
            import django

            django.setup()
            # Only now: these need the settings, which have just been decided.
            from models_app.demo import claims, stories, story
            from models_app.demo.export import export

            users = story.people(PEOPLE)
            journal = Journal(now=time.time_ns() // 1_000_000)
            for module, by, days, note in EXPERIMENTS:
                story.open_experiment(journal, module.EXPERIMENT, by=users[by], days=days, note=note)
            train(address, journal)
            claims.check(journal)
            story.tell(journal, stories.STORIES, users)
            export(journal, archive, checkout=CHECKOUT)
    print(f"{archive}: {archive.stat().st_size / 1e6:.1f} MB")


@contextmanager
def _server() -> Iterator[str]:
    command = [sys.executable, str(CHECKOUT / "manage.py"), "serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=CHECKOUT) as process:  # noqa: S603 - our own
        try:
            for line in process.stdout or ():
                if found := re.search(r"Laurel is ready at (http://\S+)", line):
                    yield found[1]
                    return
            raise RuntimeError("The server did not start; what it says stands above.")
        finally:
            process.send_signal(signal.SIGTERM)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--archive", type=Path, default=Path(__file__).with_name("registry.zip"))
    parser.add_argument("--train-only", metavar="URI", help="train against this tracking server and record nothing")
    given = parser.parse_args()
    if given.train_only:
        train(given.train_only, Journal(now=time.time_ns() // 1_000_000))
    else:
        record(given.archive)


if __name__ == "__main__":
    main()
