"""Things to moor a boat to.

A module whose words are translated, and whose names are not.
"""


class Quay:
    """A place where boats lie, with a `depth` in metres.

    Args:
        name: What sailors call the place.
        depth: How deep the water is at low tide.

    Raises:
        ValueError: If the water is not deep at all.
    """

    def __init__(self, name: str, depth: float = 3.0) -> None:
        self.name = name
        self.depth = depth

    def moor(self, boat: str, lines: int = 2) -> bool:
        """Make a boat fast.

        :param boat: Name of the boat, as it is painted on her.
        :type boat: str
        :param int lines: How many lines hold her.
        :returns: Whether there was room left.
        :rtype: bool
        :raises RuntimeError: in a storm, or when the *watch* sleeps.
        :weather: Not to be tried in fog.
        """
        return bool(boat) and lines > 1


class Pier(Quay):
    """A quay that stands in the water."""


def tide(hour: float) -> float:
    """Return the height of the water above the mark, in metres.

    >>> tide(0.0)
    0.0

    .. versionadded:: 2.1
       Also for hours after midnight.
    """
    return 0.0 * hour
