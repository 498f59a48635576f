"""Asking an implementation: processes, time limits, what may come back, the contract of trainings."""
