"""Programs that print what happens to them."""
from .tap import eventually


class Speaker:
    """Has said(), which is what it has printed so far."""

    def says(self, text, count=1, since=0):
        """Whether it prints `text` so often, or does soon: what it does and what it prints arrive on two ways.
        `since`: of what is printed after so many characters."""
        return eventually(lambda: self.said().count(text, since) >= count, 10)
