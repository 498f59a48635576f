"""From-scratch NumPy neural networks, cross-checked formula by formula against PyTorch and Keras."""
