"""Files of runs and models to look at in pages."""

import io

from models_app.storage import get_store, paths

MLMODEL = """flavors:
  python_function: {loader_module: mlflow.sklearn, python_version: 3.12.3}
  sklearn: {sklearn_version: 1.5.2}
signature:
  inputs: '[{"type": "double", "name": "petal width"}]'
"""


def put(uri: str, path: str, content: bytes | str) -> None:
    data = content.encode() if isinstance(content, str) else content
    get_store().put(f"{paths.path_of(uri)}/{path}", io.BytesIO(data), len(data))


def body(response) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content
