"""What happened to each registered model of the example, and the claims its texts rest on."""

from models_app.demo.journal import Journal
from models_app.demo.story import (
    ModelStory,
    VersionStory,
    alias,
    delete_version,
    drop_alias,
    stage,
    tag,
    version_tag,
)

SKLEARN = {"framework": "scikit-learn"}

TUMOURS = "breast-tumour-classifier"
DIGITS = "digit-reader"
WINE = "wine-cultivar"
IRIS = "iris-species"
PROGRESSION = "diabetes-progression"
INTERVAL = "diabetes-progression-interval"
MEDIAN = "diabetes-progression-median"
TOPICS = "datasheet-topic"

STORIES = (
    ModelStory(
        name=IRIS,
        by="ed",
        summary="Species of an iris from four lengths.",
        tags={**SKLEARN, "task": "classification", "dataset": "iris", "team": "botany", "owner": "ed"},
        card_days=38.1,
        card_by="ed",
        versions=(
            VersionStory(outcome="iris/logreg-c1", days=40.6, by="ed", note="First one in. Accuracy $accuracy."),
            VersionStory(
                outcome="iris/svc-rbf-with-names",
                days=39.1,
                by="ed",
                note="Answers with **names** instead of numbers, and with a margin that says how clear the case was.",
                aliases=("champion",),
            ),
        ),
    ),
    ModelStory(
        name=WINE,
        by="mia",
        summary="Which of three cultivars a wine was made from, by its chemistry.",
        tags={**SKLEARN, "task": "classification", "dataset": "wine", "team": "chemistry", "owner": "mia"},
        card_days=30.4,
        card_by="mia",
        versions=(
            VersionStory(
                outcome="wine/sgd-0.01",
                days=36.4,
                by="ed",
                note="Best of four learning rates that had settled by the last epoch; log loss $log_loss.",
                aliases=("champion",),
            ),
            VersionStory(
                outcome="wine/forest-grid",
                days=31.0,
                by="mia",
                note="Winner of the grid. Accuracy $accuracy on the test wines, without scaling the inputs first.",
                tags={"explainability": "importances"},
            ),
            VersionStory(outcome="wine/boosting-80", days=28.2, by="mia", note="Boosting; log loss $log_loss."),
            VersionStory(
                outcome="wine/svc-scaled",
                days=23.9,
                by="vic",
                via="web",
                note="A second opinion. No probabilities, so no log loss.",
                tags={"probabilities": "no"},
            ),
        ),
        steps=(
            alias(WINE, "champion", 2, days=30.3, by="mia", reason="More test wines right than the linear model."),
            alias(WINE, "challenger", 3, days=28.1, by="mia"),
            drop_alias(WINE, "challenger", days=24.3, by="vic", reason="Loses to the forest on every figure but one."),
            alias(WINE, "second-opinion", 4, days=23.8, by="vic"),
            version_tag(WINE, 2, "reviewed_by", "vic", days=22.9, by="vic"),
        ),
    ),
    ModelStory(
        name=TUMOURS,
        by="ed",
        summary="Malignant or benign, from measurements of cell nuclei.",
        tags={**SKLEARN, "task": "classification", "dataset": "breast_cancer", "team": "clinical", "owner": "mia"},
        card_days=25.2,
        card_by="vic",
        versions=(
            VersionStory(
                outcome="tumours/logreg-l2",
                days=34.3,
                by="ed",
                note="Linear, scaled, finds $recall_malignant of the malignant tumours.",
                aliases=("champion",),
            ),
            VersionStory(
                outcome="tumours/logreg-l1",
                days=34.2,
                by="ed",
                note="Half of the inputs drop out, at the price of recall ($recall_malignant).",
            ),
            VersionStory(outcome="tumours/boosting-0.3", days=27.4, by="mia", tags={"sweep": "learning-rate"}),
            VersionStory(
                outcome="tumours/boosting-0.1",
                days=27.35,
                by="mia",
                note="Best log loss of the sweep ($log_loss).",
                tags={"sweep": "learning-rate"},
            ),
            VersionStory(outcome="tumours/boosting-0.05", days=27.3, by="mia", tags={"sweep": "learning-rate"}),
            VersionStory(
                outcome="tumours/forest-calibrated",
                days=13.0,
                by="vic",
                via="web",
                note=(
                    "Calibrated by isotonic regression. Log loss $log_loss: the linear model's probabilities "
                    "are still the better ones."
                ),
                tags={"calibrated": "isotonic"},
            ),
            VersionStory(
                outcome="tumours/logreg-l2-c2",
                days=6.1,
                by="ed",
                note="As version 1 with a weaker penalty: same recall ($recall_malignant), log loss $log_loss.",
            ),
        ),
        steps=(
            stage(TUMOURS, 1, "Production", days=33.0, by="mia"),
            alias(TUMOURS, "champion", 4, days=26.9, by="mia", reason="Better ranking expected from boosting."),
            stage(TUMOURS, 4, "Production", days=26.88, by="mia", archive=True),
            version_tag(TUMOURS, 4, "review", "failed: recall", days=25.7, by="vic"),
            alias(
                TUMOURS,
                "champion",
                1,
                days=25.6,
                by="vic",
                reason="Version 4 misses more malignant tumours than version 1. Back until that is explained.",
            ),
            stage(TUMOURS, 1, "Production", days=25.58, by="vic", archive=True),
            version_tag(TUMOURS, 1, "review", "passed", days=25.5, by="vic"),
            tag(TUMOURS, "risk", "high: never without a physician", days=25.1, by="vic"),
            alias(TUMOURS, "shadow", 6, days=12.8, by="vic"),
            alias(TUMOURS, "challenger", 7, days=6.0, by="ed"),
            version_tag(TUMOURS, 7, "review", "pending", days=5.9, by="vic"),
        ),
    ),
    ModelStory(
        name=DIGITS,
        by="vic",
        summary="Reads one handwritten digit of 8 × 8 pixels.",
        tags={**SKLEARN, "task": "image-classification", "dataset": "digits", "team": "vision", "owner": "mia"},
        card_days=11.0,
        card_by="mia",
        versions=(
            VersionStory(
                outcome="digits/logreg",
                days=35.6,
                by="vic",
                note="Baseline: anything that comes later has to beat $accuracy.",
                aliases=("champion",),
            ),
            VersionStory(outcome="digits/mlp-16", days=33.0, by="ed"),
            VersionStory(outcome="digits/mlp-32", days=32.95, by="ed"),
            VersionStory(
                outcome="digits/mlp-64",
                days=32.9,
                by="ed",
                note="The widest of three networks; accuracy $accuracy.",
            ),
            VersionStory(outcome="digits/mlp-64x32", days=26.1, by="ed", note="A second layer. No better: $accuracy."),
            VersionStory(
                outcome="digits/mlp-64-shifted",
                days=19.2,
                by="mia",
                note=(
                    "Trained on shifted copies as well.\n\n"
                    "| | this version | version 4 |\n|---|---|---|\n"
                    "| accuracy, centred | $accuracy | see its page |\n"
                    "| accuracy, shifted by a pixel | **$shifted_accuracy** | falls below one half |\n\n"
                    "Costs a little on centred images and saves the rest."
                ),
                tags={"augmentation": "shift-1px"},
            ),
            VersionStory(
                outcome="digits/mlp-64-l2-0.1",
                days=18.0,
                by="mia",
                note="A stronger penalty instead of shifted copies: does not help with shifts ($shifted_accuracy).",
            ),
            VersionStory(
                outcome="digits/mlp-96-shifted",
                days=11.3,
                by="mia",
                note="Wider, with shifted copies. Best on shifted images so far: $shifted_accuracy.",
                tags={"augmentation": "shift-1px"},
            ),
            VersionStory(
                outcome="digits/mlp-64x32-shifted",
                days=4.0,
                by="ed",
                note="Two layers, shifted copies. Better on centred images ($accuracy), level on shifted ones.",
                tags={"augmentation": "shift-1px"},
                aliases=("challenger",),
            ),
        ),
        steps=(
            alias(DIGITS, "champion", 4, days=32.2, by="vic", reason="Beats the baseline by more than two points."),
            delete_version(DIGITS, 5, days=25.9, by="ed"),
            alias(
                DIGITS,
                "champion",
                6,
                days=18.9,
                by="mia",
                reason="Version 4 fails as soon as a digit is not centred.",
            ),
            alias(DIGITS, "staging", 8, days=11.2, by="mia"),
            alias(DIGITS, "champion", 8, days=10.1, by="vic", reason="A week in staging without a surprise."),
            drop_alias(DIGITS, "staging", days=10.05, by="vic"),
            version_tag(DIGITS, 8, "reviewed_by", "vic", days=10.0, by="vic"),
            version_tag(DIGITS, 9, "review", "pending", days=2.2, by="vic"),
            tag(DIGITS, "latency", "under 1 ms", days=1.1, by="ed"),
        ),
    ),
    ModelStory(
        name=PROGRESSION,
        by="vic",
        summary="How far diabetes progresses within a year.",
        tags={**SKLEARN, "task": "regression", "dataset": "diabetes", "team": "clinical", "owner": "vic"},
        card_days=21.4,
        card_by="vic",
        versions=(
            VersionStory(outcome="diabetes/least-squares", days=29.3, by="vic", note="Reference: RMSE $rmse."),
            VersionStory(outcome="diabetes/lasso-0.1", days=29.2, by="vic"),
            VersionStory(
                outcome="diabetes/ridge-0.1",
                days=29.1,
                by="vic",
                note="The lowest RMSE of the linear ones, $rmse.",
                aliases=("champion",),
            ),
            VersionStory(
                outcome="diabetes/boosting-0.03",
                days=22.2,
                by="mia",
                note="Boosting does not beat ridge here (RMSE $rmse): 309 patients are few.",
                aliases=("challenger",),
            ),
        ),
        steps=(drop_alias(PROGRESSION, "challenger", days=21.5, by="vic", reason="Not better, and harder to explain."),),
    ),
    ModelStory(
        name=INTERVAL,
        by="mia",
        summary="A low, a middle and a high estimate of how far diabetes progresses.",
        tags={"framework": "pyfunc", "task": "regression", "dataset": "diabetes", "team": "clinical", "owner": "mia"},
        card_days=8.2,
        card_by="mia",
        versions=(
            VersionStory(
                outcome="diabetes/interval-80",
                days=15.3,
                by="mia",
                note="Meant to cover 80 % of the cases, covers $covered of the test patients.",
                aliases=("champion",),
            ),
            VersionStory(
                outcome="diabetes/interval-90",
                days=8.5,
                by="mia",
                note="Meant to cover 90 %, covers $covered at a mean width of $mean_width.",
                aliases=("wide",),
            ),
        ),
    ),
    ModelStory(
        name=MEDIAN,
        by="mia",
        tags={"task": "regression", "dataset": "diabetes"},
        versions=(VersionStory(outcome="diabetes/quantile-0.50", days=14.9, by="mia"),),
    ),
    ModelStory(
        name=TOPICS,
        by="vic",
        summary="Which data set a sentence of a data sheet tells about.",
        tags={**SKLEARN, "task": "text-classification", "dataset": "datasheet-sentences", "team": "language"},
        card_days=9.6,
        card_by="vic",
        versions=(
            VersionStory(outcome="sentences/words-bayes", days=17.3, by="vic", note="Counts and Bayes: $accuracy."),
            VersionStory(
                outcome="sentences/words-logreg",
                days=17.2,
                by="vic",
                note="Calmer probabilities than version 1: log loss $log_loss.",
                aliases=("champion",),
            ),
            VersionStory(outcome="sentences/characters-svm", days=10.2, by="vic", note="Characters lose: $accuracy."),
            VersionStory(
                outcome="sentences/words-sgd-0.5",
                days=3.0,
                by="ed",
                note="Trained epoch by epoch, so that it can go on learning. Log loss $log_loss.",
                aliases=("challenger",),
            ),
        ),
        steps=(tag(TOPICS, "owner", "vic", days=2.6, by="mia"),),
    ),
)


def check_claims(journal: Journal) -> None:
    """The notes and cards say these things in words, so a recording in which they are false must not be kept."""
    found = {key: outcome.metrics for key, outcome in journal.outcomes.items()}
    claims = {
        "the wine forest wins": found["wine/forest-grid"]["accuracy"]
        > max(found[f"wine/{name}"]["accuracy"] for name in ("sgd-0.01", "boosting-80", "svc-scaled")),
        "boosting beats the wine forest on one figure": found["wine/boosting-80"]["log_loss"]
        < found["wine/forest-grid"]["log_loss"],
        "version 4 misses more malignant tumours": found["tumours/boosting-0.1"]["recall_malignant"]
        < found["tumours/logreg-l2"]["recall_malignant"],
        "L1 costs recall": found["tumours/logreg-l1"]["recall_malignant"]
        < found["tumours/logreg-l2"]["recall_malignant"],
        "0.1 is the best learning rate": found["tumours/boosting-0.1"]["log_loss"]
        == min(found[f"tumours/boosting-{rate}"]["log_loss"] for rate in (0.02, 0.05, 0.1, 0.3)),
        "the calibrated forest's probabilities are worse": found["tumours/forest-calibrated"]["log_loss"]
        > found["tumours/logreg-l2"]["log_loss"],
        "a weaker penalty keeps the recall": found["tumours/logreg-l2-c2"]["recall_malignant"]
        == found["tumours/logreg-l2"]["recall_malignant"],
        "64 units beat the baseline by two points": found["digits/mlp-64"]["accuracy"]
        > found["digits/logreg"]["accuracy"] + 0.02,
        "a second layer alone does not help": found["digits/mlp-64x32"]["accuracy"]
        < found["digits/mlp-64"]["accuracy"],
        "shifts break version 4": found["digits/mlp-64"]["shifted_accuracy"] < 0.5,
        "a penalty does not help with shifts": found["digits/mlp-64-l2-0.1"]["shifted_accuracy"] < 0.5,
        "version 8 is best on shifted images": found["digits/mlp-96-shifted"]["shifted_accuracy"]
        > found["digits/mlp-64-shifted"]["shifted_accuracy"],
        "version 9 is level on shifted images": abs(
            found["digits/mlp-64x32-shifted"]["shifted_accuracy"] - found["digits/mlp-96-shifted"]["shifted_accuracy"]
        )
        < 0.01,
        "version 9 is better on centred images": found["digits/mlp-64x32-shifted"]["accuracy"]
        > found["digits/mlp-96-shifted"]["accuracy"],
        "ridge wins": found["diabetes/ridge-0.1"]["rmse"]
        == min(metrics["rmse"] for metrics in found.values() if "rmse" in metrics),
        "both intervals cover less than they promise": found["diabetes/interval-80"]["covered"] < 0.8
        and found["diabetes/interval-90"]["covered"] < 0.9,
        "characters lose": found["sentences/characters-svm"]["accuracy"]
        < found["sentences/words-logreg"]["accuracy"],
        "logistic regression is calmer than Bayes": found["sentences/words-logreg"]["log_loss"]
        < found["sentences/words-bayes"]["log_loss"],
    }
    broken = [claim for claim, holds in claims.items() if not holds]
    if broken:
        raise AssertionError(f"The texts say what this training does not show: {'; '.join(broken)}.")
