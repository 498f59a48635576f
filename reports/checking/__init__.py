"""`nnparity.check` and what stands on it: what is asked, of whom, and what a person reads of the answers."""
