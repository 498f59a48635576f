"""What a port says when it cannot be done."""


class PortError(ValueError):
    """A request that makes no sense: an unknown name, a missing or extra array, a wrong shape."""


class Refused(PortError):
    """A request that makes sense, but the target framework has no such variant: equal outputs are impossible."""
