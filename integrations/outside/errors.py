"""Why a call outside had no answer. The words are for members: they name the host, never what was sent."""


class NoAnswer(Exception):
    """The call had no answer."""


class NotAllowed(NoAnswer):
    """The address is not one that may be called; calling again changes nothing while it leads there."""


class Unreachable(NoAnswer):
    """The name is unknown, nobody listens, or the connection broke."""


class TookTooLong(NoAnswer):
    """The whole call had no more time."""
