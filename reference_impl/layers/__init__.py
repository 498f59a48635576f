"""One layer, one file: its equations, array layouts, forward pass and hand-derived vjp."""
