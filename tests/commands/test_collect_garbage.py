import os
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from models_app.clock import at, now_ms
from models_app.models import RenderedMarkdown
from models_app.services import descriptions
from models_app.storage.local import UPLOAD_PREFIX
from tests.conftest import once

pytestmark = pytest.mark.django_db
DAY = 24 * 60 * 60


def test_old_leftovers_and_texts_go_and_what_is_in_use_stays(settings, tmp_path):
    settings.ARTIFACTS = str(tmp_path)
    for name, days in ((f"{UPLOAD_PREFIX}old", 2), (f"{UPLOAD_PREFIX}running", 0), ("model.pkl", 400)):
        file = tmp_path / name
        file.write_text("x")
        then = now_ms() / 1000 - days * DAY
        os.utime(file, (then, then))
    with at(now_ms() - 91 * DAY * 1000):
        descriptions.rendered("*old*")
    descriptions.rendered("*new*")

    call_command("collect_garbage", stdout=(said := StringIO()))

    assert {path.name for path in tmp_path.iterdir()} == {f"{UPLOAD_PREFIX}running", "model.pkl"}
    assert "new" in RenderedMarkdown.objects.get().html
    assert said.getvalue() == "Removed 1 leftovers of uploads and 1 rendered texts.\n"


@once
def test_a_bucket_that_is_away_is_named(settings, monkeypatch, nanio_server):
    nanio_server.use(monkeypatch)
    settings.ARTIFACTS = "s3://nowhere/x"
    with pytest.raises(CommandError, match="there is no bucket 'nowhere'"):
        call_command("collect_garbage")
