"""What may be handed in, each kind in a file: a function, a name, a class that goes forward and backward, a framework's
module."""
