"""Pictures that the server draws: bars, scatter, parallel coordinates, boxes; on pages and as files."""

import re
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest

from models_app.web import addresses
from models_app.web.charts import scales
from tests import make
from tests.web.pages import page
from tests.web.sweeps import START, sweep

pytestmark = pytest.mark.django_db


def test_scatter_says_every_run_and_who_can_not_be_placed(client):
    made = sweep(5)
    lonely = make.run(made[0].experiment, run_name="lonely", start_time=START + 99)
    query = urlencode({"kind": "scatter", "across": "params.lr", "up": "metrics.f1", "color": "params.optimizer"})
    content = page(client, f"/experiments/{made[0].experiment_id}/charts?{query}")
    assert content.count('<path class="dot"') == 5
    assert "1 run can&#x27;t be placed" in content or "1 run can't be placed" in content
    assert f"<title>run 003\nlr: 0.004\nf1: {0.4 + 8 / 100}\noptimizer: adam</title>" in content
    assert f'href="/runs/{lonely.pk}">lonely</a></th>' in content, "in the table of figures it is"


def test_parallel_coordinates_take_what_tells_the_runs_apart(client):
    made = sweep(6)
    content = page(client, f"/experiments/{made[0].experiment_id}/charts?kind=parallel")
    axes = re.findall(r'name="axes" value="([^"]+)" checked', content)
    assert set(axes) == {"params.lr", "params.depth", "params.optimizer", "metrics.f1", "metrics.accuracy"}
    assert content.count('class="strand"') == 6


def test_boxes_show_quartiles_computed_here(client):
    experiment = make.experiment()
    for value in (1, 2, 3, 4, 5, 100):
        make.run(experiment, metrics_={"loss": value}, params={"optimizer": "adam"})
    make.run(experiment, metrics_={"loss": 9}, params={"optimizer": "sgd"})
    query = urlencode({"kind": "boxes", "up": "metrics.loss", "group": "params.optimizer"})
    content = page(client, f"/experiments/{experiment.pk}/charts?{query}")
    said = "adam, 6 runs\nlowest: 1\nquarter: 2.25\nmedian: 3.5\nthree quarters: 4.75\nhighest: 100"
    assert f"<title>{said}</title>" in content
    assert content.count('class="box"') == 1, "of a single value there is no box"
    assert content.count('class="dot"') == 2, "the outlier, and the single one"


def test_single_figures_become_bars_with_links(client):
    made = sweep(3)
    content = page(client, f"/experiments/{made[0].experiment_id}/charts")
    assert content.count('<svg class="bars"') == 2
    assert f'href="/runs/{made[0].pk}" data-run="{made[0].pk}"' in content
    assert "<title>run 002: 0.502</title>" in content


def test_bars_without_room_for_names_stand_over_an_axis(client):
    few, many = sweep(3), sweep(30)
    for made, count in ((few, 0), (many, 1)):
        content = page(client, f"{addresses.compare([run.pk for run in made], view='charts')}&key=&find=accuracy")
        assert content.count('dy="1.1em" text-anchor="middle">0<title>') == count


def test_a_number_as_a_colour_is_told_as_short_as_on_an_axis(client):
    made = sweep(3)
    query = urlencode({"kind": "scatter", "color": "metrics.f1"})
    content = page(client, f"/experiments/{made[0].experiment_id}/charts?{query}")
    assert re.findall(r'class="paint-name">([^<]+)<', content) == ["0.4", "0.47"]


@pytest.mark.parametrize(
    ("low", "high"), [(0.7, 0.81), (-3, 900), (1e-300, 1e300), (-1.7e308, 1.7e308), (5, 5), (0, 5e-324)]
)
def test_ticks_lie_within_their_axis(low, high):
    scale = scales.scale_over([low, high], 0, 100)
    assert 1 <= len(scale.ticks()) <= 2 * scales.TICKS
    assert all(0 <= tick.at <= 100 for tick in scale.ticks())
    logarithmic = scales.scale_over([abs(low) or 1e-9, abs(high)], 0, 100, is_log=True)
    assert all(0 <= tick.at <= 100 for tick in logarithmic.ticks())


def test_columns_are_found_among_very_many(client):
    run = make.run(metrics_={f"layer{n}/norm": 1 for n in range(210)}, params={"layers": "210"})
    content = page(client, f"{addresses.compare([run.pk, make.run(run.experiment).pk], view='charts')}&kind=scatter")
    asked = re.search(r'id="pick-across"[^>]* hx-get="([^"]+)"', content)[1].replace("&amp;", "&")
    found = re.findall(r'value="([^"]+)"', page(client, f"{asked}&across=layer209"))
    assert found == ["metrics.layer209/norm"]
    assert re.findall(r'value="([^"]+)"', page(client, f"{asked}&axes=&axes=LAYERS")) == ["params.layers"]


def test_picture_is_complete_by_itself(client):
    made = sweep(3)
    query = urlencode([*(("ids", run.pk) for run in made), ("kind", "bars"), ("key", "f1")])
    response = client.get(f"/charts/picture.svg?{query}")
    drawn = response.content.decode()
    assert response["Content-Type"] == "image/svg+xml"
    assert "class=" not in drawn
    assert drawn.count('fill="currentColor"') == 3
    assert ElementTree.fromstring(drawn).tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314 - our own


def test_picture_says_what_its_colours_mean(client):
    made = sweep(3)
    query = urlencode([*(("ids", run.pk) for run in made), ("kind", "scatter"), ("color", "params.optimizer")])
    drawn = client.get(f"/charts/picture.svg?{query}").content.decode()
    texts = [part.text for part in ElementTree.fromstring(drawn).iter("{http://www.w3.org/2000/svg}text")]  # noqa: S314 - our own
    assert texts[-4:] == ["optimizer", "adam", "lion", "sgd"]
