"""The catalogue: a file an area. Each entry is the smallest change to a right line."""
