"""Where two answers part when nothing explains them: step, unit, gate, axis."""
