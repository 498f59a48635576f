"""A model for another framework: a graph of neutral layers becomes a file of Python that people read, and its weights."""
