"""Comparison, diagnosis, verdicts, the page and the command line: everything that is told to a person."""
