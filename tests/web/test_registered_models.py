"""The models list, a model's page, and creating, renaming and deleting a model in the browser."""

import json

import pytest

from models_app import clock
from models_app.models import Event, RegisteredModel
from models_app.services import registered_models
from models_app.services.access import Level
from tests import make
from tests.web.pages import queries

pytestmark = pytest.mark.django_db
DAY = 24 * 3600 * 1000


def hx(target: str) -> dict[str, str]:
    return {"HX-Request": "true", "HX-Target": target}


def text(response) -> str:
    return response.content.decode()


def champion(name: str, **metrics: float):
    version = make.version(name, of_run=make.run(metrics_=metrics))
    registered_models.set_registered_model_alias(
        actor=make.actor(), name=name, alias="champion", version=version.number
    )
    return version


@pytest.fixture
def reader(monkeypatch):
    """In the browser one may look and change nothing."""

    def level_for(actor, obj=None):
        return Level.MANAGE if actor.via == "command" else Level.READ

    for module in ("services.access", "web.views.registered_models", "web.rights", "web.subjects"):
        monkeypatch.setattr(f"models_app.{module}.level_for", level_for)


class TestList:
    def test_row_says_which_version_is_in_use_and_how_good_it_is(self, client):
        make.model("churn", description="Predicts who **leaves**.", tags={"task": "classification"})
        champion("churn", accuracy=0.9368421052631579, loss=0.3)
        page = text(client.get("/models"))
        assert "Predicts who leaves." in page
        assert 'href="/models/churn/versions/1"' in page
        assert "@champion" in page
        assert 'title="0.9368421052631579">0.936842</data>' in page
        assert '<span class="value">classification</span>' in page

    def test_model_without_champion_shows_its_latest_version(self, client):
        make.version("churn", of_run=make.run(metrics_={"accuracy": 0.5}))
        page = text(client.get("/models"))
        assert "no alias" in page
        assert "accuracy of v1" in page

    def test_empty_registry_teaches_the_first_steps(self, client):
        page = text(client.get("/"))
        assert "mlflow.set_tracking_uri(&quot;http://testserver&quot;)" in page
        assert "registered_model_name=" in page

    def test_words_are_looked_for_in_names(self, client):
        make.model("churn-clf")
        make.model("prices")
        page = text(client.get("/models?q=CHURN", headers=hx("models")))
        assert "churn-clf" in page
        assert "prices" not in page
        assert "<html" not in page

    def test_filter_that_is_wrong_is_explained_and_kept(self, client):
        make.model("churn")
        response = client.get("/models?q=colour %3D 'red'")
        assert response.status_code == 422
        assert "colour" in text(response)
        assert 'role="alert"' in text(response)

    def test_nothing_found_leads_back_to_everything(self, client):
        make.model("churn")
        page = text(client.get("/models?q=nothing"))
        assert "No model matches" in page
        assert 'href="/models"' in page

    def test_facets_count_and_narrow(self, client):
        make.model("a", tags={"task": "regression", "mlflow.note": "from a client"})
        make.model("b", tags={"task": "regression"})
        make.model("c", tags={"task": "ranking"})
        page = text(client.get("/models"))
        assert '<span>regression</span> <span class="facet-count">2</span>' in page
        assert "from a client" not in page
        narrowed = text(client.get("/models?tag=task%3Dranking"))
        assert 'href="/models/c"' in narrowed
        assert 'href="/models/a"' not in narrowed
        assert 'aria-current="true"' in narrowed
        assert "active-filters" not in page
        chips = narrowed.split('class="active-filters of-facets"')[1].split("</p>")[0]
        assert "<span>task: ranking</span>" in chips
        assert 'href="?" hx-get="?" hx-target="#models"' in chips

    def test_alias_and_owner_narrow_too(self, client):
        make.model("a", by=make.actor("mia"))
        make.model("b", by=make.actor("ed"))
        champion("b", accuracy=1)
        assert 'href="/models/a"' not in text(client.get("/models?alias=champion"))
        assert 'href="/models/b"' not in text(client.get("/models?owner=mia"))

    def test_an_address_with_too_many_tags_and_aliases_is_refused(self, client):
        chosen = [f"tag=key%3D{number}" for number in range(6)] + [f"alias=a{number}" for number in range(5)]
        response = client.get(f"/models?{'&'.join(chosen)}")
        assert response.status_code == 400
        assert "Choose at most 10 tags and aliases; the address names 11." in text(response)
        assert client.get(f"/models?{'&'.join(chosen[1:])}").status_code == 200

    def test_chosen_facet_survives_the_next_search(self, client):
        make.model("a", tags={"task": "ranking"})
        page = text(client.get("/models?tag=task%3Dranking"))
        assert '<input type="hidden" name="tag" value="task=ranking" form="models-filter">' in page

    def test_last_changed_model_comes_first_unless_sorted_by_name(self, client):
        for number, name in enumerate(["b", "c", "a"]):
            with clock.at(1_700_000_000_000 + number * DAY):
                make.model(name)

        def order(address: str) -> list[str]:
            page = text(client.get(address))
            return sorted("abc", key=lambda name: page.index(f'href="/models/{name}"'))

        assert order("/models") == ["a", "c", "b"]
        assert order("/models?sort=name") == ["a", "b", "c"]
        assert order("/models?sort=-name") == ["c", "b", "a"]

    def test_sort_nobody_knows_is_ignored(self, client):
        make.model("a")
        assert client.get("/models?sort=colour&page=made-up").status_code == 200

    def test_pages_cover_every_model_once(self, client):
        for number in range(60):
            make.model(f"m-{number:02}")
        seen, address = [], "/models?sort=name"
        while address:
            page = text(client.get(address))
            seen += [name for name in (f"m-{n:02}" for n in range(60)) if f'href="/models/{name}"' in page]
            after = page.partition('rel="next"')[0].rpartition('<a class="button small" href="')[2]
            address = "/models" + after.partition('"')[0].replace("&amp;", "&") if 'rel="next"' in page else ""
        assert seen == [f"m-{number:02}" for number in range(60)]

    def test_prompts_are_not_models(self, client):
        make.model("prompt", tags={"mlflow.prompt.is_prompt": "true"})
        assert 'href="/models/prompt"' not in text(client.get("/models"))

    def test_page_of_a_prompt_loads_it_as_a_prompt(self, client):
        mark = {"mlflow.prompt.is_prompt": "true"}
        make.model("greeting", tags=mark)
        make.version("greeting", source="prompt-template", tags={**mark, "mlflow.prompt.text": "Hello"})
        page = text(client.get("/models/greeting"))
        assert "mlflow.genai.load_prompt(\n    &quot;prompts:/greeting/1&quot;\n)" in page
        assert "mlflow.pyfunc.load_model" not in page

    def test_home_shows_what_happened_lately(self, client):
        make.model("churn", by=make.actor("mia"))
        assert "Recent activity" in text(client.get("/"))
        assert "Recent activity" not in text(client.get("/models"))

    def test_reader_sees_why_he_can_create_nothing(self, client, reader):
        make.model("a")
        page = text(client.get("/models"))
        assert 'title="Creating a model needs the right to edit"' in page
        assert 'href="/new/model"' not in page

    def test_list_takes_as_many_queries_for_one_model_as_for_many(self, client):
        champion("m-0", accuracy=0.5)
        one = queries(client, "/models")
        for number in range(1, 40):
            champion(f"m-{number}", accuracy=0.5)
            make.version(f"m-{number}")
        assert queries(client, "/models") == one
        assert one <= 14


class TestDetail:
    def test_page_shows_the_card_what_is_in_use_and_how_to_load_it(self, client):
        make.model("churn", description="# Card\n\nFor **active** customers.")
        champion("churn", accuracy=0.93)
        page = text(client.get("/models/churn"))
        assert "<strong>active</strong>" in page
        assert "models:/churn@champion" in page
        assert ">0.93</data>" in page

    def test_without_a_champion_the_latest_version_is_offered_by_number(self, client):
        make.version("churn")
        make.version("churn")
        assert "models:/churn/2" in text(client.get("/models/churn"))

    def test_model_without_versions_says_how_to_get_one(self, client):
        make.model("churn")
        page = text(client.get("/models/churn"))
        assert "No versions yet" in page
        assert "registered_model_name=&quot;churn&quot;" in page

    def test_versions_have_their_metrics_in_columns_with_the_trend(self, client):
        for value in (0.7, 0.8, 0.9):
            make.version("churn", of_run=make.run(metrics_={"accuracy": value}))
        page = text(client.get("/models/churn"))
        assert 'aria-label="accuracy over the last 3 versions"' in page
        assert page.index(">v3</a>") < page.index(">v1</a>")

    def test_versions_are_paged_by_number(self, client):
        for _ in range(27):
            make.version("churn")
        first = text(client.get("/models/churn"))
        assert 'href="?before=3"' in first
        second = text(client.get("/models/churn?before=3", headers=hx("versions")))
        assert "/versions/2" in second
        assert "/versions/3" not in second
        assert "<html" not in second

    def test_name_with_odd_characters_has_a_page(self, client):
        make.model("wine? #1 100%")
        champion("wine? #1 100%", accuracy=1)
        assert client.get("/models/wine%3F%20%231%20100%25").status_code == 200
        assert "/models/wine%3F%20%231%20100%25" in text(client.get("/models"))

    def test_unknown_model_is_named_in_the_answer(self, client):
        response = client.get("/models/nobody")
        assert response.status_code == 404
        assert "nobody" in text(response)

    def test_description_can_not_break_out(self, client):
        make.model("churn", description='<img src=x onerror="alert(1)"><script>alert(1)</script>')
        page = text(client.get("/models/churn"))
        assert "onerror" not in page
        assert "alert(1)</script>" not in page

    def test_page_takes_as_many_queries_for_one_version_as_for_many(self, client):
        champion("churn", accuracy=0.5)
        one = queries(client, "/models/churn")
        for _ in range(24):
            make.version("churn", of_run=make.run(metrics_={"accuracy": 0.5}), tags={"a": "b"})
        assert queries(client, "/models/churn") == one
        assert one <= 14

    def test_alias_leads_to_its_version(self, client):
        champion("churn", accuracy=0.5)
        assert client.get("/models/churn/@champion").url == "/models/churn/versions/1"
        assert client.get("/models/churn/@latest").url == "/models/churn/versions/1"

    def test_unknown_alias_is_not_found(self, client):
        make.model("churn")
        response = client.get("/models/churn/@nobody")
        assert response.status_code == 404
        assert "@nobody" in text(response)

    def test_activity_tells_who_did_what(self, client):
        make.model("churn", by=make.actor("mia"))
        champion("churn", accuracy=0.5)
        page = text(client.get("/models/churn/activity"))
        assert "pointed @champion at version 1" in page
        assert "registered version 1" in page
        assert page.index("pointed @champion") < page.index("created the model")


class TestCreate:
    def test_new_model_has_a_page_at_once(self, client):
        response = client.post("/new/model", {"name": "churn clf", "description": "For **whom**"})
        assert (response.status_code, response.url) == (302, "/models/churn%20clf")
        assert "Model churn clf created." in text(client.get(response.url))

    def test_dialog_leads_to_the_new_page(self, client):
        response = client.post("/new/model", {"name": "churn"}, headers=hx("create-form"))
        assert response.status_code == 204
        assert response.headers["HX-Redirect"] == "/models/churn"

    def test_dialog_is_a_fragment_of_the_page(self, client):
        assert "<h1>New model</h1>" in text(client.get("/new/model"))
        dialog = text(client.get("/new/model", headers=hx("dialog")))
        assert "<dialog" in dialog
        assert "<html" not in dialog

    @pytest.mark.parametrize(
        ("name", "reason"),
        [("a/b", "any character except"), ("", "required"), ("taken", "There is a model “taken” already")],
    )
    def test_name_that_will_not_do_is_explained_at_the_field(self, client, name, reason):
        make.model("taken")
        response = client.post("/new/model", {"name": name, "description": "typed"}, headers=hx("create-form"))
        page = text(response)
        assert response.status_code == 422
        assert reason in page
        assert 'aria-invalid="true"' in page
        assert "typed" in page


class TestRename:
    def test_model_moves_to_its_new_name(self, client):
        make.model("old")
        response = client.post("/models/old/rename", {"new_name": "new"})
        assert response.url == "/models/new"
        assert "old is now new." in text(client.get("/models/new"))

    def test_taken_name_stays_in_the_field_with_the_reason(self, client):
        make.model("old")
        make.model("new")
        response = client.post("/models/old/rename", {"new_name": "new"}, headers=hx("rename-form"))
        assert response.status_code == 422
        assert "There is a model “new” already" in text(response)
        assert 'value="new"' in text(response)

    def test_dialog_says_what_breaks(self, client):
        make.model("old")
        assert "models:/old/" in text(client.get("/models/old/rename", headers=hx("dialog")))


class TestDelete:
    def test_dialog_names_what_goes(self, client):
        make.version("churn")
        champion("churn", accuracy=1)
        page = text(client.get("/models/churn/delete", headers=hx("dialog")))
        assert "@champion stops resolving" in page
        assert "2 versions go" in page
        assert "Type churn to confirm" in page

    def test_aliased_model_goes_only_when_its_name_is_typed(self, client):
        champion("churn", accuracy=1)
        refused = client.post("/models/churn/delete", {"typed": "chur"})
        assert refused.status_code == 422
        assert RegisteredModel.objects.filter(name="churn").exists()
        client.post("/models/churn/delete", {"typed": "churn"})
        assert not RegisteredModel.objects.filter(name="churn").exists()

    def test_model_nobody_relies_on_goes_with_one_press(self, client):
        make.model("churn")
        response = client.post("/models/churn/delete", headers=hx("delete-form"))
        assert response.headers["HX-Redirect"] == "/models"
        assert "Model churn deleted." in text(client.get("/models"))
        assert Event.objects.filter(kind="registered_model.deleted", target="churn").exists()

    def test_looking_at_the_dialog_deletes_nothing(self, client):
        make.model("churn")
        client.get("/models/churn/delete")
        assert RegisteredModel.objects.filter(name="churn").exists()

    def test_reader_is_refused_with_the_right_he_lacks(self, client, reader):
        make.model("churn", by=make.actor())
        response = client.post("/models/churn/delete", headers=hx("delete-form"))
        assert response.status_code == 403
        assert "manage" in json.loads(response.headers["HX-Trigger"])["toast"]["message"]


def test_pages_answer_to_head_as_to_get(client):
    make.version("churn")
    run = make.run()
    of_model = ("/models", "/models/churn", "/models/churn/versions/1", "/models/churn/versions/1/files")
    of_run = tuple(f"/runs/{run.pk}{page}" for page in ("", "/metrics", "/models", "/files"))
    of_logged = f"/logged-models/{make.logged_model(run).pk}"
    for address in ("/", *of_model, "/experiments", "/experiments/0", *of_run, of_logged, "/activity"):
        assert client.head(address).status_code == 200, address


def test_model_page_leads_to_registering_a_version_of_it(client):
    make.model("wine & more")
    page = text(client.get("/models/wine%20%26%20more"))
    address = "/register?model=wine%20%26%20more"
    assert f'href="{address}"' in page
    assert "wine &amp; more" in text(client.get(address, headers=hx("dialog")))


@pytest.mark.parametrize("region", ["versions", "in-use", "latest"])
def test_a_region_that_hears_of_a_new_version_fetches_itself_alone(client, region):
    make.version("iris", aliases=["champion"])
    response = client.get("/models/iris", headers={"HX-Request": "true", "HX-Target": region})
    content = response.content.decode()
    assert f'id="{region}"' in content
    assert "<html" not in content


def test_prompt_offers_no_register_button_as_its_versions_are_texts(client):
    make.model("prompt", tags={"mlflow.prompt.is_prompt": "true"})
    make.model("model")
    for address in ("", "/activity"):
        assert "Register a version" not in client.get(f"/models/prompt{address}").content.decode()
        assert "Register a version" in client.get(f"/models/model{address}").content.decode()


def test_champion_stands_before_all_other_aliases_of_its_version(client):
    make.version("iris", aliases=["Alpha", "champion", "beta"])
    content = client.get("/models/iris").content.decode()
    row = content[content.index("data-row-link>v1</a>") :]
    assert row.index("champion") < row.index("Alpha") < row.index("beta")
