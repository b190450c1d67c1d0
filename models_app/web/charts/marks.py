"""How the runs of a chart are told apart: each has a colour and a shape of its own, and dashes where these repeat."""

from dataclasses import dataclass

# Outlines about the origin, as SVG and the canvas both read them; none can be taken for its neighbour in grey.
SHAPES = (
    "M-3.6 0A3.6 3.6 0 1 1 3.6 0A3.6 3.6 0 1 1-3.6 0Z",
    "M-3.2-3.2H3.2V3.2H-3.2Z",
    "M0-4.2L4 3.2H-4Z",
    "M0-4.6L4.6 0L0 4.6L-4.6 0Z",
    "M0 4.2L4-3.2H-4Z",
    "M-1.4-4.2H1.4V-1.4H4.2V1.4H1.4V4.2H-1.4V1.4H-4.2V-1.4H-1.4Z",
    "M-4-2L-2-4L0-2L2-4L4-2L2 0L4 2L2 4L0 2L-2 4L-4 2L-2 0Z",
    "M-4.4-2.2H4.4V2.2H-4.4Z",
)
COLORS = len(SHAPES)
DASHES = ("", "7 3", "2 3", "9 3 2 3", "4 2 1 2 1 2")


@dataclass(frozen=True, slots=True)
class Mark:
    """Of the run at `place`, counted from 0. After 40 runs marks repeat: names and highlighting tell them apart."""

    place: int

    @property
    def color(self) -> int:
        """The number of the token --series-1 to --series-8."""
        return self.place % COLORS + 1

    @property
    def shape(self) -> str:
        return SHAPES[self.place % COLORS]

    @property
    def dashes(self) -> str:
        return DASHES[self.place // COLORS % len(DASHES)]
