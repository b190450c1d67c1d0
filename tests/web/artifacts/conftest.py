"""A run that logged files of several kinds."""

import pytest

from tests import make
from tests.web.artifacts.files import MLMODEL, put


@pytest.fixture
def run(db):
    made = make.run(run_name="first")
    put(made.artifact_uri, "plots/loss curve.svg", "<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>")
    put(made.artifact_uri, "plots/deep/notes.txt", "hello <b>world</b>\nsecond")
    put(made.artifact_uri, "clf/MLmodel", MLMODEL)
    put(made.artifact_uri, "clf/model.pkl", b"\x80\x04\x95\x00")
    put(made.artifact_uri, "metrics.csv", "step,loss\n1,0.5\n2,0.25\n")
    return made
