"""Keras models on TensorFlow: recorded while they run, read, and computed again."""
