"""The pages of experiments: list, runs table, and what is done to an experiment as a whole."""

import pytest

from models_app.actors import SYSTEM
from models_app.models import Experiment
from models_app.services import access, experiments, runs
from models_app.services.access import Level
from models_app.web import experiments_list
from models_app.web.lists import PAGE_SIZE
from tests import make
from tests.web.pages import fragment, page, queries

pytestmark = pytest.mark.django_db


# The list


def test_list_shows_what_an_experiment_is_about_and_how_busy_it_is(client):
    experiment = make.experiment("iris", tags=[("team", "growth"), ("mlflow.note.content", "Which **flower**?")])
    make.run(experiment, start_time=1_700_000_000_000)
    deleted = make.run(experiment)
    runs.delete_run(actor=SYSTEM, run_id=deleted.pk)
    content = page(client, "/experiments")
    row = content[content.index(f"/experiments/{experiment.pk}") :]
    assert "Which flower?" in row
    assert "growth" in row
    assert 'data-label="Runs">1</td>' in row
    assert "14 Nov 2023" in row
    assert "mlflow.note" not in content


def test_list_without_experiments_of_ones_own_still_shows_the_default_one(client):
    assert "Default" in page(client, "/experiments")


def test_empty_list_teaches_with_this_servers_address(client):
    experiments.delete_experiment(actor=SYSTEM, experiment_id=Experiment.DEFAULT_ID)
    content = page(client, "/experiments")
    assert "No experiments yet" in content
    assert "http://testserver" in content


def test_list_is_searched_by_words_and_by_filter(client):
    make.experiment("iris", tags=[("team", "growth")])
    make.experiment("digits")
    by_words = page(client, "/experiments?q=IRI")
    by_filter = page(client, "/experiments?q=tags.team = 'growth'")
    for content in (by_words, by_filter):
        assert ">iris</a>" in content
        assert ">digits</a>" not in content


def test_list_fragment_is_the_region_alone(client):
    content = fragment(client, "/experiments?q=nothing", "experiments")
    assert content.strip().startswith('<div id="experiments">')
    assert "<html" not in content
    assert "No experiment matches" in content


def test_address_of_a_search_holds_what_was_asked_and_no_more(client):
    headers = {"HX-Request": "true", "HX-Target": "experiments"}
    response = client.get("/experiments?q=&sort=name", headers=headers)
    assert response.headers["HX-Push-Url"] == "/experiments?sort=name"
    assert client.get("/experiments?q=", headers=headers).headers["HX-Push-Url"] == "/experiments"


def test_mistaken_filter_is_explained_with_a_caret_and_kept(client):
    response = client.get("/experiments", {"q": "tags.team = growth"})
    content = response.content.decode()
    assert response.status_code == 422
    assert 'value="tags.team = growth"' in content
    assert "put quotes around growth" in content
    assert "tags.team = <mark>g</mark>rowth\n            ^" in content


def test_mistake_of_a_half_typed_filter_leaves_the_list_alone(client):
    experiment = make.experiment()
    for address, region in (("/experiments", "experiments"), (f"/experiments/{experiment.pk}", "runs")):
        headers = {"HX-Request": "true", "HX-Target": region}
        response = client.get(address, {"q": "tags.team ="}, headers=headers)
        assert response.status_code == 422
        assert response.content.decode().strip().startswith(f'<div class="filter-problem" id="{region}-problem"')
        assert "data-typed" in response.content.decode(), "it lies over the list, which stays where it is"
        assert "data-typed" not in client.get(address, {"q": "tags.team ="}).content.decode()
        assert response.headers["HX-Retarget"] == f"#{region}-problem"
        assert response.headers["HX-Push-Url"] == "false"


def test_a_long_name_may_be_cut_and_shown_whole(client):
    for tab in ("", "/charts", "/models"):
        content = page(client, f"/experiments/{make.experiment(f'{tab} ' + 'long' * 50).pk}{tab}")
        title = content.partition('<details class="long-title">')[2].partition("</details>")[0]
        assert '<summary title="Show the whole name"><h1>' in title
        assert f">{tab} {'long' * 50}</span></h1>" in title
    assert "Show the whole name" not in page(client, f"/experiments/{make.experiment('short').pk}")


def test_deleted_experiments_are_a_list_of_their_own(client):
    experiment = make.experiment("iris")
    experiments.delete_experiment(actor=SYSTEM, experiment_id=experiment.pk)
    assert ">iris</a>" not in page(client, "/experiments")
    assert ">iris</a>" in page(client, "/experiments?state=deleted")


def test_list_is_paged_by_key(client):
    for number in range(PAGE_SIZE):
        make.experiment(f"many-{number:02}")
    first = page(client, "/experiments?sort=name")
    assert ">Default</a>" in first
    assert f">many-{PAGE_SIZE - 1}</a>" not in first
    following = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    second = page(client, f"/experiments{following}")
    assert f">many-{PAGE_SIZE - 1}</a>" in second
    assert "First page" in second


def test_an_old_page_token_or_sort_shows_the_first_page(client):
    make.experiment("iris")
    assert ">iris</a>" in page(client, "/experiments?page=gone&sort=colour")


def test_list_asks_the_same_number_of_queries_for_one_and_for_many(client):
    make.run(make.experiment(tags=[("team", "growth")]))
    few = queries(client, "/experiments")
    for _ in range(20):
        make.run(make.experiment(tags=[("team", "growth")]))
    assert queries(client, "/experiments") == few <= 9


def test_unknown_experiment_is_named_in_the_404(client):
    response = client.get("/experiments/404404")
    assert response.status_code == 404
    assert "There is no experiment 404404." in response.content.decode()


def test_list_is_narrowed_by_tags_that_are_counted(client):
    make.experiment("iris", tags=[("team", "growth"), ("mlflow.user", "x")])
    make.experiment("wine", tags=[("team", "growth")])
    make.experiment("digits", tags=[("team", "vision")])
    everything = page(client, "/experiments")
    assert 'href="?tag=team%3Dgrowth"' in everything
    assert '<span>growth</span> <span class="facet-count">2' in everything
    assert "mlflow.user" not in everything
    assert "active-filters" not in everything
    content = page(client, "/experiments?tag=team%3Dgrowth")
    chips = content.split('class="active-filters of-facets"')[1].split("</p>")[0]
    assert chips.count("<a ") == 1
    assert 'href="?" hx-get="?" hx-target="#experiments"' in chips
    assert "<span>team: growth</span>" in chips
    assert ">iris</a>" in content
    assert ">digits</a>" not in content
    assert 'name="tag" value="team=growth" form="experiments-filter"' in content
    assert "No experiment matches" in page(client, "/experiments?tag=team%3Dnone")
    assert client.get("/experiments?" + "&".join(f"tag=a%3D{n}" for n in range(11))).status_code == 400


def test_list_is_sorted_by_the_last_run_and_paged(client, monkeypatch):
    monkeypatch.setattr(experiments_list, "PAGE_SIZE", 2)
    for name, started in (("early", 1_000), ("late", 3_000), ("middle", 2_000)):
        make.run(make.experiment(name), start_time=started)
    first = page(client, "/experiments?sort=-last_run")
    assert first.index(">late</a>") < first.index(">middle</a>")
    assert ">early</a>" not in first
    token = first.partition("page=")[2].partition('"')[0]
    second = page(client, f"/experiments?sort=-last_run&page={token}")
    assert second.index(">early</a>") < second.index(">Default</a>"), "without a run comes last"
    assert page(client, "/experiments?sort=last_run").index(">Default</a>")
    for odd in ("page=x", "page=1-", "page=9-9-9", "q=tags.a %3D 'b'"):
        assert page(client, f"/experiments?sort=-last_run&{odd}")
    assert client.get("/experiments?sort=-last_run&q=tags.a %3D").status_code == 422


def test_rows_offer_what_can_be_done(client):
    experiment = make.experiment("iris")
    address = f"/experiments/{experiment.pk}"
    content = page(client, "/experiments")
    for action in ("rename", "description", "tags", "delete"):
        assert f'href="{address}/{action}"' in content
    experiments.delete_experiment(actor=SYSTEM, experiment_id=experiment.pk)
    assert f'action="{address}/restore"' in page(client, "/experiments?state=deleted")
    assert "No deleted experiments" not in page(client, "/experiments?state=deleted")


def test_list_costs_the_same_queries_for_one_and_for_many(client):
    make.run(make.experiment(tags=[("a", "b")]))
    for sort in ("name", "-last_run"):
        one = queries(client, f"/experiments?sort={sort}")
        for number in range(5):
            make.run(make.experiment(tags=[("a", "b"), (f"k{number}", "v")]))
        assert queries(client, f"/experiments?sort={sort}") == one <= 8


def test_experiment_is_made_with_description_and_tags(client):
    answer = client.post(
        "/new/experiment",
        {"name": "iris", "description": "Which **one**?", "tag_key": ["team", ""], "tag_value": ["growth", ""]},
    )
    made = Experiment.objects.get(name="iris")
    assert answer.headers["Location"] == f"/experiments/{made.pk}"
    assert dict(made.tags.values_list("key", "value")) == {"team": "growth", "mlflow.note.content": "Which **one**?"}


def test_mistakes_of_a_new_experiment_stand_at_their_fields(client):
    given = {"name": "iris", "description": "kept", "tag_key": "mlflow.user", "tag_value": "typed"}
    answer = client.post("/new/experiment", given)
    content = answer.content.decode()
    assert answer.status_code == 422
    assert "choose another" in content
    for text in ("kept</textarea>", 'value="typed"', 'value="iris"'):
        assert text in content
    assert not Experiment.objects.filter(name="iris").exists()


def test_one_more_tag_without_a_script_is_no_mistake(client):
    given = {"name": "", "description": "kept", "tag_key": "a", "tag_value": "b", "step": "add-tag"}
    answer = client.post("/new/experiment", given)
    assert answer.status_code == 200
    content = answer.content.decode()
    assert "kept</textarea>" in content
    assert content.count('name="tag_key"') == 3  # the one typed, an empty one, and the pattern for scripts


@pytest.mark.parametrize("address", ["/new/experiment", "/experiments/0/rename", "/experiments/0/delete"])
def test_other_methods_are_refused(client, address):
    assert client.put(address).status_code == 405
    assert client.delete(address).status_code == 405


# Create, rename, delete, restore


def test_experiment_is_created_without_a_script(client):
    response = client.post("/new/experiment", {"name": "iris", "artifact_location": ""})
    experiment = Experiment.objects.get(name="iris")
    assert (response.status_code, response.headers["Location"]) == (302, f"/experiments/{experiment.pk}")


def test_create_dialog_opens_in_place_and_leads_to_the_experiment(client):
    dialog = fragment(client, "/new/experiment", "dialog")
    assert dialog.strip().startswith("<dialog")
    response = client.post("/new/experiment", {"name": "iris"}, headers={"HX-Request": "true"})
    assert response.status_code == 204
    assert response.headers["HX-Redirect"] == f"/experiments/{Experiment.objects.get(name='iris').pk}"


@pytest.mark.parametrize("name", ["", "   "])
def test_nameless_experiment_is_refused_at_the_field(client, name):
    response = client.post("/new/experiment", {"name": name})
    assert response.status_code == 422
    assert 'id="id_name-error"' in response.content.decode()


def test_taken_name_is_refused_at_the_field_and_kept(client):
    make.experiment("iris")
    response = client.post("/new/experiment", {"name": "iris"}, headers={"HX-Request": "true"})
    content = response.content.decode()
    assert response.status_code == 422
    assert content.strip().startswith('<form class="form" id="experiment-form"')
    assert "already exists" in content
    assert 'value="iris"' in content


def test_experiment_is_renamed(client):
    experiment = make.experiment("iris")
    assert 'value="iris"' in page(client, f"/experiments/{experiment.pk}/rename")
    client.post(f"/experiments/{experiment.pk}/rename", {"new_name": "flowers"})
    experiment.refresh_from_db()
    assert experiment.name == "flowers"


def test_rename_to_a_taken_name_is_refused_at_the_field(client):
    make.experiment("flowers")
    experiment = make.experiment("iris")
    response = client.post(f"/experiments/{experiment.pk}/rename", {"new_name": "flowers"})
    assert response.status_code == 422
    assert 'id="id_new_name-error"' in response.content.decode()


def test_deleting_names_the_runs_and_versions_it_touches_first(client):
    experiment = make.experiment("iris")
    run = make.run(experiment)
    make.run(experiment)
    make.version("clf", of_run=run)
    content = page(client, f"/experiments/{experiment.pk}/delete")
    assert "2 runs will be deleted with it" in content
    assert "1 registered version was made from its runs" in content
    experiment.refresh_from_db()
    assert not experiment.is_deleted


def test_experiment_is_deleted_and_restored(client):
    experiment = make.experiment("iris")
    response = client.post(f"/experiments/{experiment.pk}/delete", follow=True)
    assert f'action="/experiments/{experiment.pk}/restore"' in response.content.decode()
    content = page(client, f"/experiments/{experiment.pk}")
    assert "This experiment is deleted" in content
    client.post(f"/experiments/{experiment.pk}/restore")
    experiment.refresh_from_db()
    assert not experiment.is_deleted


def test_restoring_takes_a_post(client):
    assert client.get(f"/experiments/{make.experiment().pk}/restore").status_code == 405


def test_without_the_right_controls_say_why(client, monkeypatch):
    experiment = make.experiment()
    monkeypatch.setattr(access, "level_for", lambda actor, obj=None: Level.READ)
    monkeypatch.setattr("models_app.web.rights.level_for", lambda actor, obj: Level.READ)
    content = page(client, f"/experiments/{experiment.pk}")
    assert "Deleting needs the right to manage" in content
    assert f'href="/experiments/{experiment.pk}/delete"' not in content
    assert client.post(f"/experiments/{experiment.pk}/delete").status_code == 403
