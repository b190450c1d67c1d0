"""Runs side by side: what differs, what is best, how an address says which runs, and what a hundred of them cost."""

import gzip
import io
import math

import pytest

from models_app.actors import SYSTEM, Actor
from models_app.models import Workspace
from models_app.services import artifacts, runs
from models_app.services.artifacts import files_root
from models_app.web import addresses
from models_app.web.selections import MOST_RUNS
from tests import make
from tests.web.pages import fragment, page, queries
from tests.web.sweeps import many_runs

pytestmark = pytest.mark.django_db


def compared(client, *of, **state) -> str:
    return page(client, addresses.compare([run.pk for run in of], **state))


def csv_of(client, address: str) -> list[str]:
    response = client.get(address)
    assert response.status_code == 200
    return b"".join(response.streaming_content).decode().splitlines()


def two(in_experiment=None):
    experiment = in_experiment or make.experiment()
    first = make.run(experiment, metrics_={"loss": 0.5, "accuracy": 0.8, "seed": 1}, params={"lr": "0.1", "depth": "3"})
    second = make.run(
        experiment, metrics_={"loss": 0.4, "accuracy": 0.7, "seed": 1}, params={"lr": "0.2", "depth": "3"}
    )
    return first, second


def test_only_differences_are_shown_and_the_rest_is_counted(client):
    content = compared(client, *two())
    assert ">lr<" in content.replace("<wbr>", "")
    assert ">depth<" not in content
    assert ">seed<" not in content
    assert "1 row alike, left out" in content
    everything = compared(client, *two(), show="all")
    assert ">depth<" in everything
    assert "left out" not in everything


def test_best_is_lowest_for_a_loss_highest_for_an_accuracy_and_nothing_else(client):
    experiment = make.experiment()
    runs_ = [make.run(experiment, metrics_={"loss": n, "accuracy": n, "epochs": n}) for n in (0.25, 0.5, 0.75)]
    content = compared(client, *runs_)
    best = [part.split("</td>")[0] for part in content.split('<td class="numeric best">')[1:]]
    assert ['value="0.75"' in cell for cell in best] == [True, False]
    assert ['value="0.25"' in cell for cell in best] == [False, True]
    assert len(best) == 2


def test_nan_and_infinity_are_never_best(client):
    experiment = make.experiment()
    made = [make.run(experiment, metrics_={"accuracy": n}) for n in (math.inf, math.nan, 0.25, 0.5)]
    content = compared(client, *made)
    assert content.count("numeric best") == 1
    assert 'value="0.5"' in content.split("numeric best")[1].split("</td>")[0]


def test_nan_beside_zero_is_a_difference(client):
    experiment = make.experiment()
    made = [make.run(experiment, metrics_={"loss": n}) for n in (math.nan, 0.0)]
    assert ">loss" in compared(client, *made)


def test_reference_gives_every_number_its_change(client):
    first, second = two()
    content = compared(client, first, second, base=first.pk)
    assert "−0.1<span" in content
    assert "(better)" in content
    assert "(worse)" in content
    assert content.count("+0.1</span>") == 1, "a param is changed, but nobody knows whether that is better"
    assert f"changes against {first}" in content


def test_run_that_is_taken_out_leaves_the_address(client):
    first, second = two()
    address = addresses.compare([first.pk, second.pk], show="all", base=second.pk)
    response = client.get(f"{address}&without={second.pk}&find=")
    assert response.status_code == 302
    assert response.url == addresses.compare([first.pk], show="all")
    headers = {"HX-Request": "true", "HX-Target": "comparison"}
    assert client.get(f"{address}&without={second.pk}", headers=headers)["HX-Push-Url"] == response.url


def test_ids_may_stand_with_commas_and_twice(client):
    first, second = two()
    content = page(client, f"/runs/compare?ids={first.pk},{second.pk}&ids={first.pk}")
    assert "2 runs" in content


def test_unknown_and_foreign_ids_are_named_and_the_rest_is_shown(client):
    first, second = two()
    Workspace.objects.create(name="elsewhere", created_at=1)
    stranger = Actor(name="sam", via="command", workspace="elsewhere")
    foreign = make.run(make.experiment(by=stranger), by=stranger)
    content = page(client, f"{addresses.compare([first.pk, second.pk])}&ids={foreign.pk}&ids=<b>x")
    assert f"left out: {foreign.pk}, &lt;b&gt;x" in content
    assert "2 runs" in content
    assert "Nothing to compare" in page(client, f"/runs/compare?ids={foreign.pk}")
    assert "Nothing to compare" in page(client, "/runs/compare")


def test_deleted_run_is_marked(client):
    first, second = two()
    runs.delete_run(actor=SYSTEM, run_id=second.pk)
    content = compared(client, first, second)
    assert content.count(" deleted</span>") == 1
    assert content.count("Running</span>") == 1, "of the other one: nothing goes on in what is deleted"


def test_more_runs_than_can_be_compared_are_told(client):
    experiment = make.experiment()
    made = [make.run(experiment) for _ in range(3)]
    ids = [run.pk for run in made] + [f"{n:032x}" for n in range(MOST_RUNS)]
    content = page(client, addresses.compare(ids))
    assert "the first 100 are shown, 3 runs left out" in content
    assert "and 92 more" in content


def test_words_narrow_params_metrics_and_tags(client):
    content = compared(client, *two(), find="ACC")
    assert ">accuracy" in content
    assert ">lr<" not in content


def test_tags_of_people_are_compared_those_of_the_client_are_not(client):
    experiment = make.experiment()
    first = make.run(experiment, tags={"team": "red", "mlflow.source.name": "a.py"})
    second = make.run(experiment, tags={"team": "blue", "mlflow.source.name": "b.py"})
    content = compared(client, first, second)
    assert ">team<" in content
    assert "mlflow.source" not in content
    assert ">Source<" in content


def test_files_are_listed_when_asked_for_with_pictures_side_by_side(client):
    first, second = two()
    for run, size in ((first, 3), (second, 5)):
        root = files_root(run)
        artifacts.put_file(actor=SYSTEM, root=root, path="plot.png", stream=io.BytesIO(b"x" * size))
    artifacts.put_file(actor=SYSTEM, root=files_root(first), path="a/b.txt", stream=io.BytesIO(b"x"))
    assert "plot.png" not in compared(client, first, second)
    content = fragment(client, addresses.compare([first.pk, second.pk], section="files"), "comparison-files")
    assert content.count("<img") == 2
    assert f"/runs/{first.pk}/files/plot.png?raw=1" in content
    assert "3 B" in content
    assert ">folder<" in content


def test_long_values_are_cut_on_the_page_and_whole_in_the_csv(client):
    experiment = make.experiment()
    made = [make.run(experiment, params={"prompt": f"{letter * 5_000}end"}) for letter in "ab"]
    content = compared(client, *made)
    assert "end" not in content.split("prompt")[1].split("</tr>")[0]
    lines = csv_of(client, f"/runs/compare.csv?ids={made[0].pk},{made[1].pk}")
    assert any(line.startswith("Params,prompt,aaaa") and line.endswith("end") for line in lines)


def test_csv_holds_what_is_shown_and_no_formula(client):
    experiment = make.experiment()
    first = make.run(experiment, run_name="=cmd()", params={"-lr": "-1", "note": "@sum"}, metrics_={"loss": 0.1})
    second = make.run(experiment, params={"-lr": "-2"}, metrics_={"loss": 0.2})
    lines = csv_of(client, addresses.compare([first.pk, second.pk]).replace("compare?", "compare.csv?"))
    assert lines[0].startswith("Section,Key,'=cmd(),")
    assert "Metrics,loss,0.1,0.2" in lines
    assert "Params,'-lr,-1,-2" in lines
    assert "Params,note,'@sum," in lines


def test_hostile_keys_are_only_text(client):
    key = "<script>alert(1)</script>\"'/\u202eab"
    experiment = make.experiment()
    first = make.run(experiment, params={"a": "<img src=x onerror=alert(1)>"}, tags={key.replace("(1)", ""): "1"})
    content = compared(client, first, make.run(experiment))
    assert "<script>alert" not in content
    assert "<img src=x" not in content


@pytest.mark.parametrize(
    "query",
    ["show=%00", "find=%00%ff'\"", "section=nothing&from=-1", "section=params&from=99999999999999999999", "base=%00",
     "ids=%00&ids=", "without=", "view=zebra", "from=9e9&section=files"],
)  # fmt: skip
def test_absurd_addresses_are_answered(client, query):
    first, second = two()
    assert client.get(f"{addresses.compare([first.pk, second.pk])}&{query}").status_code in {200, 302, 400}


def test_a_hundred_runs_of_many_params_cost_few_queries_and_little_weight(client, django_assert_max_num_queries):
    made = many_runs(
        MOST_RUNS,
        params=lambda number: {f"param{n:03}": f"{(n + 1) * number / 7}" for n in range(60)},
        metrics_=lambda number: {f"metric{n:03}": math.sin(n + number) for n in range(30)},
    )
    few = addresses.compare([run.pk for run in made[:2]])
    many = addresses.compare([run.pk for run in made])
    assert queries(client, few) == queries(client, many) <= 20
    content = page(client, many)
    assert len(gzip.compress(content.encode(), 6)) < 60_000
    assert "1–12 of 60" in content
    alone = page(client, f"{many}&section=params")
    assert "1–40 of 60" in alone
    assert "41–60 of 60" in page(client, f"{many}&section=params&from=40")


def test_links_name_no_more_runs_than_are_compared(client):
    experiment = make.experiment()
    made = many_runs(2, experiment, metrics_=lambda _: {"loss": 1}, params=lambda _: {})
    many = ",".join([*(run.pk for run in made), *(f"{number:032x}" for number in range(1_700))])
    for view in ("table", "charts"):
        content = page(client, f"/runs/compare?ids={many}&view={view}")
        assert "1,602 runs left out" in content
        assert f"ids={97:032x}" in content
        assert content.count(f"{98:032x}") == 1, "where one comes back to"
        assert len(content) < 250_000
    address = f"/experiments/{experiment.pk}?{'&'.join(f'open={number:032x}' for number in range(400))}"
    assert page(client, address).count(f"{100:032x}") == 1
