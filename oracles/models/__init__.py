"""A model as the list of what it computes: each call of a layer or function with its settings, weights and values, in words that
no framework owns. The two frameworks record theirs (oracles/torch_models, oracles/keras_models); here is what they share."""
