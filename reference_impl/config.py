"""Checks of a layer's options, so that a misspelt convention is an error and not a silent default."""


def choice(layer, option, got, allowed):
    """Raise ValueError unless `got` is one of `allowed`."""
    if got not in allowed:
        raise ValueError(f"{layer}: {option}={got!r} is not a convention; choose one of {', '.join(map(repr, allowed))}")
