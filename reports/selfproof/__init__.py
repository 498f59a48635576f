"""The proof that the suite can fail: planted mistakes and mutants."""
