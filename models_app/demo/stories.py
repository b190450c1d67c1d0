"""What happened to each registered model of the example."""

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
        tags={**SKLEARN, "task": "classification", "dataset": "iris", "team": "botany"},
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
        tags={**SKLEARN, "task": "classification", "dataset": "wine", "team": "chemistry"},
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
        by="mia",
        summary="Malignant or benign, from measurements of cell nuclei.",
        tags={**SKLEARN, "task": "classification", "dataset": "breast_cancer", "team": "clinical"},
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
        by="mia",
        summary="Reads one handwritten digit of 8 × 8 pixels.",
        tags={**SKLEARN, "task": "image-classification", "dataset": "digits", "team": "vision"},
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
            alias(DIGITS, "champion", 8, days=10.1, by="vic", reason="A day in staging without a surprise."),
            drop_alias(DIGITS, "staging", days=10.05, by="vic"),
            version_tag(DIGITS, 8, "reviewed_by", "vic", days=10.0, by="vic"),
            version_tag(DIGITS, 9, "review", "pending", days=2.2, by="vic"),
            version_tag(DIGITS, 8, "input_scale", "0 to 1", days=0.1, by="ed"),
        ),
    ),
    ModelStory(
        name=PROGRESSION,
        by="vic",
        summary="How far diabetes progresses within a year.",
        tags={**SKLEARN, "task": "regression", "dataset": "diabetes", "team": "clinical"},
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
        steps=(
            drop_alias(PROGRESSION, "challenger", days=21.5, by="vic", reason="Not better, and harder to explain."),
        ),
    ),
    ModelStory(
        name=INTERVAL,
        by="mia",
        summary="A low, a middle and a high estimate of how far diabetes progresses.",
        tags={"framework": "pyfunc", "task": "regression", "dataset": "diabetes", "team": "clinical"},
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
        versions=(VersionStory(outcome="diabetes/interval-80/median", days=14.9, by="mia"),),
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
        steps=(tag(TOPICS, "languages", "English", days=2.6, by="mia"),),
    ),
)
