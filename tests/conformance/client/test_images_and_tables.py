"""Figures, images and tables by the stock client."""

import re
from pathlib import Path
from typing import Any

from tests.conformance.client.generations import since


def test_figures_and_tables(mlflow: Any, client: Any, experiment: Any) -> None:
    import matplotlib.figure as pyplot
    import pandas

    figure = pyplot.Figure(figsize=(1, 1))
    figure.subplots().plot([1, 2, 3])
    with mlflow.start_run() as run:
        mlflow.log_figure(figure, "plots/line.png")
        client.log_figure(run.info.run_id, figure, "plots/line.svg")
        mlflow.log_table(pandas.DataFrame({"prompt": ["a"], "score": [1]}), "scores.json")
        mlflow.log_table(pandas.DataFrame({"prompt": ["b"], "score": [2]}), "scores.json")

    run_id = run.info.run_id
    assert [info.path for info in client.list_artifacts(run_id, "plots")] == ["plots/line.png", "plots/line.svg"]
    assert mlflow.artifacts.load_image(f"runs:/{run_id}/plots/line.png").size == (100, 100)
    table = mlflow.load_table("scores.json", run_ids=[run.info.run_id])
    assert list(table["score"]) == [1, 2]


def test_tables_of_several_runs_are_read_together(mlflow: Any, client: Any, experiment: Any) -> None:
    run_ids = [client.create_run(experiment.experiment_id).info.run_id for _ in range(2)]
    for number, run_id in enumerate(run_ids):
        client.log_table(run_id, {"prompt": [f"q{number}", "same"], "score": [number, None]}, "eval/scores.json")
    client.create_run(experiment.experiment_id)

    table = client.load_table(experiment.experiment_id, "eval/scores.json", extra_columns=["run_id"])
    assert sorted(zip(table["prompt"], table["run_id"], strict=True)) == sorted(
        (prompt, run_id) for number, run_id in enumerate(run_ids) for prompt in (f"q{number}", "same")
    )
    one = mlflow.load_table("eval/scores.json", run_ids=run_ids[:1])
    assert list(one["prompt"]) == ["q0", "same"]
    assert "eval/scores.json" in client.get_run(run_ids[0]).data.tags["mlflow.loggedArtifacts"]


def test_images_are_logged_by_name(mlflow: Any, client: Any, experiment: Any) -> None:
    import numpy

    pixels = numpy.arange(48, dtype=numpy.uint8).reshape(4, 4, 3)
    with mlflow.start_run() as run:
        mlflow.log_image(pixels, "shots/first.png")
        client.log_image(run.info.run_id, mlflow.Image(pixels), "shots/second.png")

    for name in ("first", "second"):
        image = mlflow.artifacts.load_image(f"runs:/{run.info.run_id}/shots/{name}.png")
        assert (numpy.asarray(image) == pixels).all()


def test_images_are_logged_by_key_and_step(mlflow: Any, client: Any, experiment: Any) -> None:
    """Older clients' names hold `%<step>%`, which servers and clients decode: 23 would be a #, 35 a 5."""
    import numpy

    pixels = numpy.zeros((2, 2, 3), dtype=numpy.uint8)
    with mlflow.start_run() as run:
        for step in (0, 23, 35, 92):
            mlflow.log_image(pixels, key="dog", step=step, synchronous=True)

    run_id = run.info.run_id
    names = [info.path for info in client.list_artifacts(run_id, "images")]
    assert len(names) == 8, names
    assert {int(re.split("[%+]", name)[2]) for name in names} == {0, 23, 35, 92}, names
    downloaded = Path(client.download_artifacts(run_id, "images"))
    assert sorted(f"images/{file.name}" for file in downloaded.iterdir()) == sorted(names)
    assert all(file.read_bytes() for file in downloaded.iterdir())
    assert client.get_run(run_id).data.tags["mlflow.loggedImages"] == "True"


@since("3.17", "keys of images with a slash, which were cut off before")
def test_images_have_keys_with_slashes_and_times(client: Any, experiment: Any) -> None:
    import numpy

    run_id = client.create_run(experiment.experiment_id).info.run_id
    pixels = numpy.zeros((2, 2, 3), dtype=numpy.uint8)
    client.log_image(run_id, pixels, key="a/cat", step=7, timestamp=1_000, synchronous=True)

    names = [info.path for info in client.list_artifacts(run_id, "images")]
    assert len(names) == 2
    assert all(name.startswith("images/a~cat+step+7+timestamp+1000+") for name in names), names
