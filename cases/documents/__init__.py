"""The questions of the documents: a file a network, the trainings, and what the documents ask in words (networks)."""
