"""flax.nnx models: traced to JAX's equations, in which each layer is one, and asked equation by equation."""
