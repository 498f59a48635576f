"""PyTorch models: recorded while they run, read, and computed again."""
