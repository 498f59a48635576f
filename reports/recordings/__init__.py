"""Recordings of what a person's model answers, and what has changed since: an upgrade, another backend."""
