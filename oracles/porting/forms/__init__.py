"""How each framework keeps the arrays of each layer."""
