"""Whole models moved to another framework: read by running them, written as code, and held against what they were."""
