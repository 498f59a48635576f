"""Keras 3 on TensorFlow: keras.layers where Keras has the layer, keras.ops where it has not; tf.GradientTape.

A layer is built by one function of oracles/keras_layers; oracles/chain.py runs the chain of them under one tape. TensorFlow is
the backend on purpose: on its other backends Keras computes float64 products in float32.
"""

import os

os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["KERAS_BACKEND"] = "tensorflow"


import keras
import tensorflow as tf

from nnparity.cases.case import Case, Result
from nnparity.oracles import chain
from nnparity.oracles.keras_layers import BUILDERS, optimizers
from nnparity.oracles.keras_module import precision
from nnparity.oracles.tensors import as_numpy

NAME = "keras"


class Keras:
    """Keras on TensorFlow, as oracles/chain.py asks for it."""

    name, layers = NAME, BUILDERS
    tensor, weight = staticmethod(tf.constant), staticmethod(tf.Variable)

    def version(self) -> str:
        return f"keras {keras.__version__} on tensorflow {tf.__version__}"

    def array(self, tensor):
        return as_numpy(tf.convert_to_tensor(tensor))  # the gradient of an embedding is sparse

    def squared(self, tensor):
        return tf.reduce_sum(tf.square(tensor))

    def pull(self, forward, leaves, cotangents):
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(leaves)
            outputs = forward()
        return outputs, tape.gradient([outputs[name] for name in cotangents], leaves, list(cotangents.values()))

    def optimizer(self, training, weights):
        """The optimizer works on Keras variables of its own, which are copied into the layers after each step."""
        variables = [keras.Variable(w.numpy(), dtype=w.dtype.name) for w in weights]
        optimizer = optimizers.build(training)
        optimizer.build(variables)

        def update(step, grads):
            optimizer.learning_rate = training.rate(step)
            optimizer.apply(grads, variables)
            for w, variable in zip(weights, variables, strict=True):
                w.assign(variable.value)

        return optimizers.written(training), update


FRAMEWORK = Keras()
version = FRAMEWORK.version


def run(case: Case) -> Result:
    """Outputs and gradients of the case's chain, or the path of its training.

    Raises Unsupported where `BUILDERS` has no such layer or keras.optimizers no such optimizer.
    """
    if not case.training:
        return chain.run(FRAMEWORK, case)
    with precision(case.dtype):  # Keras keeps learning rates in floatx: 0.1 in float32 would be off by 1.5e-8 of itself
        return chain.run(FRAMEWORK, case)
