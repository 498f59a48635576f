"""Anyone's network: a chain of layers in words or as data, cases drawn for it, and whoever answers them."""
