"""The questions about single layers, losses, optimizers and chains: a file a layer."""
