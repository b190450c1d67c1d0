"""How Laurel says that it can't start."""


class CannotStart(Exception):
    """One sentence for the person at the terminal: what is wrong and, where it helps, what to do about it."""
