"""The protocol's numbers: lengths in characters, counts per request, page sizes; MLflow's unless said otherwise."""

WORKSPACE_NAME = 63
EXPERIMENT_NAME = 500
EXPERIMENT_TAG_KEY = 250
EXPERIMENT_TAG_VALUE = 20_000
ARTIFACT_LOCATION = 2_048

KEY = 250  # metric, param and tag keys of runs and logged models
PARAM_VALUE = 6_000  # longer ones are cut, as MLflow cuts them
RUN_TAG_VALUE = 8_000  # longer ones are cut, as MLflow cuts them
USER_ID = 256  # longer ones are cut
RUN_NAME = 1_000  # MLflow has no limit; a name is shown on pages

MODEL_NAME = 256
REGISTRY_TAG_KEY = 250
REGISTRY_TAG_VALUE = 100_000
ALIAS = 255
SAVED_VIEW_NAME = 120  # saved views are not MLflow's
SAVED_VIEW_QUERY = 8_000
SAVED_VIEWS = 200  # of one experiment: a menu lists them
SELECTED_RUNS = 1_000  # changed at once
REASON = 500  # why an alias was moved; MLflow knows no such thing
DESCRIPTION = 100_000  # MLflow's column holds 5,000, its SQLite servers store any length; model cards are long
SOURCE = 4_096
RUN_LINK = 4_096

DATASET_NAME = 500
DATASET_DIGEST = 36
DATASET_SOURCE = 65_535
DATASET_SCHEMA = 1_048_575
DATASET_PROFILE = 16_777_215
DATASET_TAG_KEY = 255
DATASET_TAG_VALUE = 500

BATCH_METRICS = 1_000
BATCH_PARAMS = 100
BATCH_TAGS = 100
BATCH_TOTAL = 1_000

EXPERIMENTS_PAGE = 50_000
RUNS_PAGE = 50_000
RUNS_PAGE_DEFAULT = 1_000
REGISTERED_MODELS_PAGE = 1_000
REGISTERED_MODELS_PAGE_DEFAULT = 100
MODEL_VERSIONS_PAGE = 200_000
MODEL_VERSIONS_PAGE_DEFAULT = 10_000  # MLflow answers 200,000 at once; every client asks for 10,000
LOGGED_MODELS_PAGE = 1_000
LOGGED_MODELS_PAGE_DEFAULT = 50
LOGGED_MODELS_PAGE_ZERO = 100  # MLflow: what a client gets that asks for none
METRIC_HISTORY_PAGE = 25_000

FILTER_LENGTH = 20_000
FILTER_COMPARISONS = 200
FILTER_SUBQUERIES = 20  # comparisons of tags, params and metrics: PostgreSQL plans 40 for seconds, 200 for minutes
SEARCHED_EXPERIMENTS = EXPERIMENTS_PAGE  # as many as a client can have listed
SEARCHED_DATASETS = 200
ORDER_KEYS = 20  # each may be a join, of which SQLite takes 64
LIKE_LENGTH = 4_096  # matching takes the pattern's length times the text's; SQLite refuses patterns of 50,000 bytes
LIKE_WILDCARDS = 32

MAX_FLOAT = 1.7976931348623157e308  # what MLflow stores for an infinity
