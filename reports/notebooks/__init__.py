"""Lessons as notebooks, with pictures; `python -m nnparity.reports.notebooks.run` runs them anew."""
