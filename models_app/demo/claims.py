"""What the notes and cards of the example say in words, as statements about what was measured."""

from models_app.demo.journal import Journal


def check(journal: Journal) -> None:
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
        "characters lose": found["sentences/characters-svm"]["accuracy"] < found["sentences/words-logreg"]["accuracy"],
        "logistic regression is calmer than Bayes": found["sentences/words-logreg"]["log_loss"]
        < found["sentences/words-bayes"]["log_loss"],
    }
    broken = [claim for claim, holds in claims.items() if not holds]
    if broken:
        raise AssertionError(f"The texts say what this training does not show: {'; '.join(broken)}.")
