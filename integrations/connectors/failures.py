"""How talking to a vendor fails, in the four ways that need different answers. Messages are shown to people.

They never hold credentials or what a vendor said word by word.
"""


class VendorFailure(Exception):
    """Anything that went wrong with a vendor."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class VendorRefused(VendorFailure):
    """The vendor does not let us in, or refuses what we ask: nothing helps but a person. The connection is broken.

    `path` names the credential that is wrong, if one is.
    """

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(message)
        self.path = path


class VendorBusy(VendorFailure):
    """We asked too much (429). `after` is how many seconds the vendor wants us to wait."""

    def __init__(self, message: str, after: float = 10) -> None:
        super().__init__(message)
        self.after = after


class VendorAway(VendorFailure):
    """No answer, a late one, 5xx, or one that cannot be read: tried again, a few times."""
