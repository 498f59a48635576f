"""What a framework calls an array, as NumPy's."""


def as_numpy(value):
    """A tensor as the array that it holds, without its graph; anything else as it is. Imports no framework."""
    if hasattr(value, "detach"):  # of torch
        value = value.detach().cpu()
    return value.numpy() if hasattr(value, "numpy") else value
