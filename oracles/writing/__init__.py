"""A model written anew for another framework: a graph of neutral layers becomes a file of Python that people read, and weights."""
