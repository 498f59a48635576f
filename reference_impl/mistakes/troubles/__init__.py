"""What goes wrong although the gradients are right: entries, the detectors that find it, the set-ups that show it."""
