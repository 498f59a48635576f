"""Rows: who was asked what, what became of it, who stands alone."""
