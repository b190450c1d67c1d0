"""The figures a run keeps: drawn small, because they travel in the repository."""

from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from sklearn.metrics import ConfusionMatrixDisplay, RocCurveDisplay

mpl.use("Agg")
mpl.rcParams.update({"savefig.dpi": 90, "font.size": 9, "axes.spines.top": False, "axes.spines.right": False})
# The same file for the same figure, so that a new recording changes only what changed.
mpl.rcParams["svg.hashsalt"] = "laurel"
ACCENT = "#2f6f4f"


def confusion_matrix(actual: Any, predicted: Any, labels: tuple[str, ...]) -> Figure:
    figure = Figure(figsize=(4.2, 3.8) if len(labels) < 8 else (5.6, 5.2), layout="constrained")
    axes = figure.subplots()
    ConfusionMatrixDisplay.from_predictions(
        actual, predicted, display_labels=labels, cmap="Greens", colorbar=False, ax=axes,
        xticks_rotation="vertical" if max(map(len, labels)) > 8 else "horizontal",
    )  # fmt: skip
    return figure


def roc_curve(actual: Any, scores: Any, name: str) -> Figure:
    figure = Figure(figsize=(4.2, 3.8), layout="constrained")
    axes = figure.subplots()
    RocCurveDisplay.from_predictions(
        actual, scores, name=name, ax=axes, plot_chance_level=True, curve_kwargs={"color": ACCENT}
    )
    return figure


def importances(names: list[str], values: Any, title: str) -> Figure:
    order = np.argsort(np.abs(values))[-12:]
    figure = Figure(figsize=(5.2, 3.8), layout="constrained")
    axes = figure.subplots()
    axes.barh([names[index] for index in order], np.asarray(values)[order], color=ACCENT)
    axes.set_title(title)
    return figure


def residuals(actual: Any, predicted: Any) -> Figure:
    figure = Figure(figsize=(4.8, 3.6), layout="constrained")
    axes = figure.subplots()
    axes.scatter(predicted, np.asarray(actual) - np.asarray(predicted), s=14, color=ACCENT, alpha=0.7)
    axes.axhline(0, color="#888", linewidth=1)
    axes.set_xlabel("predicted")
    axes.set_ylabel("actual - predicted")
    return figure


def interval(actual: Any, low: Any, high: Any) -> Figure:
    order = np.argsort(high - low)
    figure = Figure(figsize=(5.2, 3.6), layout="constrained")
    axes = figure.subplots()
    axes.fill_between(range(len(order)), low[order], high[order], color=ACCENT, alpha=0.25, label="interval")
    axes.plot(np.asarray(actual)[order], ".", color="#333", markersize=4, label="actual")
    axes.set_xlabel("patients of the test set, narrowest interval first")
    axes.legend(frameon=False)
    return figure


def misread_digits(images: Any, actual: Any, predicted: Any) -> Figure:
    wrong = np.flatnonzero(np.asarray(actual) != np.asarray(predicted))[:12]
    figure = Figure(figsize=(5.2, 2.6), layout="constrained")
    places = list(figure.subplots(2, 6).flat)
    for axes in places:
        axes.axis("off")
    for axes, index in zip(places, wrong, strict=False):
        axes.imshow(np.reshape(images[index], (8, 8)), cmap="gray_r")
        axes.set_title(f"{actual[index]} read as {predicted[index]}", fontsize=7)
    return figure
