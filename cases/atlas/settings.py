"""What to write to get a variant, where a row's variants do not say it themselves: option by option, {} is the variant's value.

Every one is put into the snippet that asks the default, and gives the variant (tests/test_settings.py). Where it is not an
argument of the call that the snippet makes, `put` says what stands in whose place.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Setting:
    """`text` is what one writes; `put` is (what the snippet says, what it says then), None where `text` is an argument."""

    text: str
    put: tuple[str, str] | None = None


Texts = str | Mapping[object, Setting | str]  # one for all values, or value -> what to write


def put(text: str, old: str, new: str) -> Setting:
    return Setting(text, (old, new))


X64 = "jax.config.update('jax_enable_x64', True)"
# a first kernel as another framework draws it; only where both take the same axes for what goes in and out
KERAS_KERNELS = {"lecun_normal": "'lecun_normal'",
                 "torch_uniform": "keras.initializers.VarianceScaling(1 / 3, 'fan_in', 'uniform')"}
FLAX_KERNELS = {"glorot_uniform": "nnx.initializers.glorot_uniform()",
                "torch_uniform": "nnx.initializers.variance_scaling(1 / 3, 'fan_in', 'uniform')"}


def keras_kernel(layer: str, *names: str) -> Texts:
    return {name: f"{layer}(n, kernel_initializer={KERAS_KERNELS[name]})" for name in names or KERAS_KERNELS}


def flax_kernel(layer: str, *names: str) -> Texts:
    return {name: f"nnx.{layer}(..., kernel_init={FLAX_KERNELS[name]})" for name in names or FLAX_KERNELS}


def xavier(made: str) -> Texts:
    return {"glorot_uniform": put("torch.nn.init.xavier_uniform_(layer.weight)", made, f"torch.nn.init.xavier_uniform_({made})")}


def mean_of(call: str) -> Setting:
    return put("loss.mean()", call, f"{call}.mean()")


def turned(text: str, made: str, how: str) -> Setting:
    """Somebody else's array, turned into this framework's order of axes or gates."""
    return put(text, made, made + how)


def gates(kernels: tuple[str, str], between: str, how: str, text: str) -> Setting:
    """Both kernels of a cell with their gates in another order."""
    return put(text, between.join(kernels), between.join(kernel + how for kernel in kernels))


ORDERS: dict[str, dict[str, Texts]] = {
    "conv2d.layout": {
        "jax": {"OIHW": turned("K.transpose(2, 3, 1, 0) makes flax's kernel of it", "jnp.arange(16.0).reshape(2, 2, 2, 2)",
                               ".transpose(2, 3, 1, 0)")},
        "onnx": {"HWIO": turned("K.transpose(3, 2, 0, 1) makes ONNX's kernel of it",
                                "np.float32(np.arange(16)).reshape(2, 2, 2, 2)", ".transpose(3, 2, 0, 1)")}},
    "conv2d.channels": {
        "jax": {"first": turned("x.transpose(0, 2, 3, 1) before", "conv(jnp.arange(8.0).reshape(1, 2, 2, 2)",
                                ".transpose(0, 2, 3, 1)")},
        "onnx": {"last": turned("x.transpose(0, 3, 1, 2) before", "np.float32(np.arange(8)).reshape(1, 2, 2, 2)",
                                ".transpose(0, 3, 1, 2)")}},
    "dense.orientation": {
        "torch": {"in_out": turned("W.T makes PyTorch's weight of it", "torch.tensor([[1.0, 2], [3, 4]])", ".T")},
        "keras": {"out_in": turned("W.T makes Keras's kernel of it", 'np.array([[1, 2], [3, 4]], "float32")', ".T")},
        "jax": {"out_in": turned("W.T makes flax's kernel of it", "jnp.array([[1.0, 2], [3, 4]])", ".T")}},
    "simple_rnn.orientation": {
        "torch": {"in_out": turned("R.T makes PyTorch's weight_hh of it", "torch.tensor([[0.1, 0.2], [0.3, 0.4]])", ".T")},
        "keras": {"out_in": turned("R.T makes Keras's recurrent_kernel of it", "np.array([[0.1, 0.2], [0.3, 0.4]])", ".T")},
        "jax": {"out_in": turned("R.T makes flax's dense_h.kernel of it", "jnp.array([[0.1, 0.2], [0.3, 0.4]])", ".T")},
        "onnx": {"in_out": turned("R.transpose(0, 2, 1) makes ONNX's R of it", 'np.array([[[0.1, 0.2], [0.3, 0.4]]], "f")',
                                  ".transpose(0, 2, 1)")}},
    "gru.gate_order": {
        "torch": {"zrn": gates(("torch.tensor([[1.0], [-1], [0.5]])", "torch.tensor([[0.5], [2], [-1]])"), ', "weight_hh": ',
                               "[[1, 0, 2]]", "W.reshape(3, n, -1)[[1, 0, 2]].reshape(W.shape)")},
        "keras": {"rzn": gates(("np.array([[1, -1, 0.5]])", "np.array([[0.5, 2, -1]])"), ", ", "[:, [1, 0, 2]]",
                               "K.reshape(-1, 3, n)[:, [1, 0, 2]].reshape(K.shape)")},
        "jax": {"zrn": gates(("jnp.array([[1.0, -1, 0.5]])", "jnp.array([[0.5, 2, -1]])"), "\ncell.dense_h.kernel[...] = ",
                             "[:, [1, 0, 2]]", "K.reshape(-1, 3, n)[:, [1, 0, 2]].reshape(K.shape)")},
        "onnx": {"rzn": gates(('np.array([[[1], [-1], [0.5]]], "f")', 'np.array([[[0.5], [2], [-1]]], "f")'),
                              ', np.ones((1, 1, 1), "f")\nr = ', "[:, [1, 0, 2]]",
                              "W.reshape(1, 3, n, -1)[:, [1, 0, 2]].reshape(W.shape)")}},
    "lstm.gate_order": {
        "torch": {"iofg": turned("W.reshape(4, n, -1)[[0, 2, 3, 1]].reshape(W.shape)", "torch.tensor([[1.0], [-1], [0.5], [2]])",
                                 "[[0, 2, 3, 1]]")},
        "keras": {"iofg": turned("K.reshape(-1, 4, n)[:, [0, 2, 3, 1]].reshape(K.shape)", "np.array([[1, -1, 0.5, 2]])",
                                 "[:, [0, 2, 3, 1]]")},
        "jax": {"iofg": turned("K.reshape(-1, 4, n)[:, [0, 2, 3, 1]].reshape(K.shape)", "jnp.array([[1.0, -1, 0.5, 2]])",
                               "[:, [0, 2, 3, 1]]")},
        "onnx": {"ifgo": turned("W.reshape(1, 4, n, -1)[:, [0, 3, 1, 2]].reshape(W.shape)",
                                'np.array([[[1], [-1], [0.5], [2]]], "f")', "[:, [0, 3, 1, 2]]")}},
    "lstm.first_state": {
        "torch": {"cell": put("c, h = carry; cell(x, (h, c))", "torch.full((1, 1), 1.0), torch.full((1, 1), 2.0)",
                              "torch.full((1, 1), 2.0), torch.full((1, 1), 1.0)")},
        "keras": {"cell": put("c, h = carry; layer(x, initial_state=[h, c])", "initial_state=states",
                              "initial_state=states[::-1]")},
        "jax": {"hidden": put("h, c = states; cell((c, h), x)", "jnp.full((1, 1), 1.0), jnp.full((1, 1), 2.0)",
                              "jnp.full((1, 1), 2.0), jnp.full((1, 1), 1.0)")}},
    "conv_transpose1d.layout": {
        "torch": {"KIO": turned("K.permute(1, 2, 0) makes PyTorch's kernel of it", "torch.arange(8.0).reshape(2, 2, 2)",
                                ".permute(1, 2, 0)"),
                  "KOI": turned("K.permute(2, 1, 0) makes PyTorch's kernel of it", "torch.arange(8.0).reshape(2, 2, 2)",
                                ".permute(2, 1, 0)")},
        "keras": {"IOK": turned("K.transpose(2, 1, 0) makes Keras's kernel of it", "np.float32(np.arange(8)).reshape(2, 2, 2)",
                                ".transpose(2, 1, 0)"),
                  "KIO": turned("K.transpose(0, 2, 1) makes Keras's kernel of it", "np.float32(np.arange(8)).reshape(2, 2, 2)",
                                ".transpose(0, 2, 1)")},
        "jax": {"IOK": turned("K.transpose(2, 0, 1) makes flax's kernel of it", "jnp.arange(8.0).reshape(2, 2, 2)",
                              ".transpose(2, 0, 1)")},
        "onnx": {"KIO": turned("K.transpose(1, 2, 0) makes ONNX's kernel of it", "np.float32(range(8)).reshape(2, 2, 2)",
                               ".transpose(1, 2, 0)"),
                 "KOI": turned("K.transpose(2, 1, 0) makes ONNX's kernel of it", "np.float32(range(8)).reshape(2, 2, 2)",
                               ".transpose(2, 1, 0)")}},
    "pad2d.order": {
        "torch": {"rows_first": put("F.pad(x, (l, r, t, b))", "(1, 2, 0, 3)", "(0, 3, 1, 2)"),
                  "befores_first": put("F.pad(x, (l, r, t, b))", "(1, 2, 0, 3)", "(2, 3, 1, 0)")},
        "keras": {"columns_first": put("keras.ops.pad(x, ((t, b), (l, r)))", "(1, 2, 0, 3)", "(0, 3, 1, 2)"),
                  "befores_first": put("keras.ops.pad(x, ((t, b), (l, r)))", "(1, 2, 0, 3)", "(1, 0, 2, 3)")},
        "jax": {"columns_first": put("jnp.pad(x, ((t, b), (l, r)))", "(1, 2, 0, 3)", "(0, 3, 1, 2)"),
                "befores_first": put("jnp.pad(x, ((t, b), (l, r)))", "(1, 2, 0, 3)", "(1, 0, 2, 3)")},
        "onnx": {"columns_first": put("pads=[t, l, b, r]", "(1, 2, 0, 3)", "(0, 1, 3, 2)"),
                 "rows_first": put("pads=[t, l, b, r]", "(1, 2, 0, 3)", "(1, 0, 2, 3)")}},
}
SETTINGS: dict[str, dict[str, Texts]] = {
    **ORDERS,
    "conv_transpose1d.crop": {"jax": {"start": put("padding='VALID', then y[:, 1:]", 'padding="SAME")[0, :, 0]',
                                                   'padding="VALID")[0, 1:, 0]')}},
    "cosine_similarity.form": {"torch": {"-c": put("-F.cosine_similarity(a, b)", "= F.", "= -F.")},
                               "keras": {"c": put("-keras.losses.cosine_similarity(a, b)", "= keras.losses", "= -keras.losses")},
                               "jax": {"-c": put("-optax.cosine_similarity(a, b)", "= optax", "= -optax")}},
    "cosine_loss.form": {"torch": {"-c": put("CosineEmbeddingLoss()(a, b, same) - 1", "(a, b, same)", "(a, b, same) - 1")},
                         "keras": {"1-c": put("1 + CosineSimilarity()(a, b)", "= keras.losses", "= 1 + keras.losses")},
                         "jax": {"-c": put("optax.cosine_distance(a, b) - 1", "= optax", "= -1 + optax")}},
    "mean_squared_error.sum": {
        "torch": {"means": put("MSELoss(reduction='sum')(x, t) / x.shape[-1]", "(x, t)", "(x, t) / x.shape[-1]")},
        "keras": {"elements": put("MeanSquaredError(reduction='sum')(t, x) * x.shape[-1]", "(t, x)", "(t, x) * x.shape[-1]")}},
    "one_hot.outside": {"torch": {"wrap": put("F.one_hot(i % n, n)", "torch.tensor(-1)", "torch.tensor(-1) % 3")},
                        "keras": {"wrap": put("keras.ops.one_hot(i % n, n)", "keras.ops.array(-1)", "keras.ops.array(-1) % 3")},
                        "jax": {"wrap": put("jax.nn.one_hot(i % n, n)", "one_hot(-1, 3)", "one_hot(-1 % 3, 3)")}},
    "embedding_of_negative.outside": {"torch": {"wrap": put("layer(i % n)", "torch.tensor([-1])", "torch.tensor([-1]) % 3")}},
    "gather.outside": {"torch": {"clamp": put("x[min(i, n - 1)]", "[4]", "[min(4, 2)]")},
                       "keras": {"clamp": put("keras.ops.take(x, min(i, n - 1))", ", 4)", ", min(4, 2))")}},
    "mean.division": {"torch": {"true": put("x.float().mean()", "]).mean()", "]).float().mean()")}},
    "int_division.dtype": {"torch": {"int32": put("a // b", " / ", " // ")}, "jax": {"int32": put("a // b", " / ", " // ")},
                           "keras": {"int32": put("keras.ops.floor_divide(a, b)", ".divide(", ".floor_divide(")}},
    "numpy_scalar.dtype": {"torch": {"float64": put("x.double() * s", "torch.ones(2)", "torch.ones(2).double()")},
                           "keras": {"float32": put("keras.ops.multiply(x, float(s))", "np.float64(2)", "float(2)")},
                           "jax": {"float32": put("x * float(s)", "np.float64(2)", "float(2)")}},
    "adadelta.learning_rate": {"torch": "Adadelta(params, lr={})", "keras": "Adadelta(learning_rate={})"},
    "adadelta.epsilon": {"torch": "Adadelta(params, eps={})", "keras": "Adadelta(epsilon={})", "jax": "adadelta(rate, eps={})"},
    "adadelta.rho": {"torch": "Adadelta(params, rho={})", "keras": "Adadelta(rho={})", "jax": "adadelta(rate, rho={})"},
    "adagrad.learning_rate": {"torch": "Adagrad(params, lr={})", "keras": "Adagrad(learning_rate={})"},
    "sgd.learning_rate": {"torch": "SGD(params, lr={})", "keras": "SGD(learning_rate={})"},
    "rmsprop_defaults.learning_rate": {"torch": "RMSprop(params, lr={})", "keras": "RMSprop(learning_rate={})"},
    "adam.epsilon": {"keras": {1e-06: "Adam(epsilon=1e-6)"}, "jax": {1e-06: "adam(rate, eps=1e-6)"}, "onnx": "epsilon={}"},
    "adam.decay": {"jax": {"gradient": put("optax.chain(optax.add_decayed_weights(wd), optax.adam(rate))",
                                           "optax.adamw(0.1, weight_decay=1.0)",
                                           "optax.chain(optax.add_decayed_weights(1.0), optax.adam(0.1))")}},
    "l2_penalty.factor": {"jax": {"full": put("optax.add_decayed_weights(2 * strength)", "add_decayed_weights(0.1)",
                                              "add_decayed_weights(2 * 0.1)")}},
    "rms_norm.epsilon": {"torch": "RMSNorm(n, eps={})", "keras": "RMSNormalization(epsilon={})",
                         "jax": "nnx.RMSNorm(n, epsilon={}, rngs=rngs)", "onnx": "epsilon={}"},
    "batch_norm.momentum": {"onnx": {0.99: "momentum=0.99"}},
    "batch_norm.momentum_of": {"jax": {"new": "nnx.BatchNorm(n, momentum=0.9, rngs=rngs)"}, "onnx": {"new": "momentum=0.9"}},
    "attention.scale": {"onnx": {"none": "scale=1.0"}},
    "hard_sigmoid.form": {"onnx": {"sixth": "alpha=0.16666667"}},
    "max_pool1d.stride": {"jax": {2: "nnx.max_pool(x, (2,), strides=(2,))"}, "onnx": {2: "strides=[2]"}},
    "average_pool2d.divisor": {"keras": {"window": put(
        "ZeroPadding2D(1), then padding='valid'", 'AveragePooling2D(3, strides=1, padding="same")(x)',
        "AveragePooling2D(3, strides=1)(keras.layers.ZeroPadding2D(1)(x))")}},
    "flatten.order": {
        "jax": {"channels_first": put("x.transpose(0, 3, 1, 2).reshape(len(x), -1)", "image.reshape(1, -1)",
                                      "image.transpose(0, 3, 1, 2).reshape(1, -1)")},
        "onnx": {"as_stored": put("Transpose(perm=[0, 2, 3, 1]), then Flatten", "y = Flatten(x)",
                                  "z = Transpose <perm = [0, 2, 3, 1]> (x) y = Flatten(z)")}},
    "normal.std": {"torch": "torch.nn.init.normal_(w, std={})", "keras": "RandomNormal(stddev={})",
                   "jax": "jax.nn.initializers.normal(stddev={})"},
    "uniform.range": {
        "torch": {"symmetric": "torch.nn.init.uniform_(w, a=-0.05, b=0.05)",
                  "hundredth": "torch.nn.init.uniform_(w, a=0.0, b=0.01)"},
        "keras": {"unit": "RandomUniform(minval=0.0, maxval=1.0)", "hundredth": "RandomUniform(minval=0.0, maxval=0.01)"},
        "jax": {"unit": "jax.nn.initializers.uniform(scale=1.0)"}},
    "glorot_normal.cut": {
        "keras": {"none": put("VarianceScaling(1.0, 'fan_avg', 'untruncated_normal')", "GlorotNormal(",
                              "VarianceScaling(1.0, 'fan_avg', 'untruncated_normal', ")},
        "jax": {"none": put("jax.nn.initializers.variance_scaling(1.0, 'fan_avg', 'normal')", "glorot_normal()",
                            "variance_scaling(1.0, 'fan_avg', 'normal')")}},
    "he_normal.cut": {
        "keras": {"none": put("VarianceScaling(2.0, 'fan_in', 'untruncated_normal')", "HeNormal(",
                              "VarianceScaling(2.0, 'fan_in', 'untruncated_normal', ")},
        "jax": {"none": put("jax.nn.initializers.variance_scaling(2.0, 'fan_in', 'normal')", "he_normal()",
                            "variance_scaling(2.0, 'fan_in', 'normal')")}},
    "dense.distribution": {"keras": keras_kernel("Dense", "torch_uniform"), "jax": flax_kernel("Linear")},
    "conv2d_kernel.distribution": {"torch": xavier("torch.nn.Conv2d(16, 256, 3).weight"), "keras": keras_kernel("Conv2D"),
                                   "jax": flax_kernel("Conv")},
    "depthwise_conv2d_kernel.distribution": {"torch": xavier("torch.nn.Conv2d(512, 512, 3, groups=512).weight"),
                                             "jax": flax_kernel("Conv")},
    "conv2d_transpose_kernel.distribution": {
        "torch": xavier("torch.nn.ConvTranspose2d(16, 256, 3).weight"), "keras": keras_kernel("Conv2DTranspose", "torch_uniform"),
        "jax": flax_kernel("ConvTranspose", "glorot_uniform")},
    "lstm.distribution": {"keras": {"torch_uniform": put(
        "LSTM(n, kernel_initializer=keras.initializers.RandomUniform(-n**-0.5, n**-0.5))", "keras.layers.LSTM(256)",
        "keras.layers.LSTM(256, kernel_initializer=keras.initializers.RandomUniform(-256**-0.5, 256**-0.5))")}},
    "embedding_table.distribution": {
        "keras": {"scaled_normal": put(
            "Embedding(n, d, embeddings_initializer=keras.initializers.RandomNormal(stddev=d**-0.5))", "Embedding(400, 100)",
            "Embedding(400, 100, embeddings_initializer=keras.initializers.RandomNormal(stddev=100**-0.5))")},
        "jax": {"unit_normal": "nnx.Embed(n, d, embedding_init=nnx.initializers.normal(1.0), rngs=rngs)"}},
    "kl_divergence.reduction": {"jax": {"batch_mean": mean_of("optax.kl_divergence(jnp.log(q), t)")}},
    "kl_divergence.prediction": {
        "torch": {"probabilities": put("kl_div(q.log(), t)", "kl_div(q, t", "kl_div(q.log(), t")},
        "jax": {"probabilities": put(
            "optax.kl_divergence(jnp.log(q), t)", "kl_divergence(q, t)", "kl_divergence(jnp.log(q), t)")}},
    "cross_entropy.prediction": {"jax": {"probabilities": put(
        "optax.softmax_cross_entropy(jnp.log(p), t)", "softmax_cross_entropy(x, t)", "softmax_cross_entropy(jnp.log(x), t)")}},
    "binary_cross_entropy.prediction": {"jax": {"probabilities": put(
        "optax.sigmoid_binary_cross_entropy(jnp.log(p / (1 - p)), t)", "sigmoid_binary_cross_entropy(x, t)",
        "sigmoid_binary_cross_entropy(jnp.log(x / (1 - x)), t)")}},
    "binary_cross_entropy.reduction": {"jax": {"mean": mean_of("optax.sigmoid_binary_cross_entropy(x, t)")}},
    "squared_error.reduction": {"jax": {"mean": mean_of("optax.squared_error(x, t)")}, "keras": {"none": put(
        "keras.ops.square(t - x)", "keras.losses.MeanSquaredError()(t, x)", "keras.ops.square(t - x)")}},
    "softmax_cross_entropy.reduction": {
        "jax": {"mean": mean_of("optax.softmax_cross_entropy_with_integer_labels(x, t)")}, "onnx": {"none": "reduction=none"}},
    "huber.scale": {"jax": {"over_delta": put("optax.huber_loss(x, t, delta=d) / d", "optax.huber_loss(x, t, delta=2.0)",
                                              "(optax.huber_loss(x, t, delta=2.0) / 2.0)")}},
    "median.even": {
        "torch": {"mean": put("torch.quantile(x, 0.5)", "torch.median(torch.tensor([1.0, 2, 3, 4]))",
                              "torch.quantile(torch.tensor([1.0, 2, 3, 4]), 0.5)")},
        "keras": {"lower": put("keras.ops.quantile(x, 0.5, method='lower')", "median(keras.ops.array([1.0, 2.0, 3.0, 4.0]))",
                               "quantile(keras.ops.array([1.0, 2.0, 3.0, 4.0]), 0.5, method='lower')")},
        "jax": {"lower": put("jnp.quantile(x, 0.5, method='lower')", "median(jnp.array([1.0, 2, 3, 4]))",
                             "quantile(jnp.array([1.0, 2, 3, 4]), 0.5, method='lower')")}},
    "from_numpy.dtype": {"torch": {"float32": "torch.tensor(a, dtype=torch.float32)"},
                         "keras": {"float32": "convert_to_tensor(a, dtype='float32')"},
                         "jax": {"float64": put(X64, "y = jnp", f"import jax; {X64}; y = jnp")}},
    "from_python_int.dtype": {"torch": {"int32": "torch.tensor(n, dtype=torch.int32)"},
                              "keras": {"int64": "convert_to_tensor(n, dtype='int64')"},
                              "jax": {"int64": put(X64, "y = jnp", f"import jax; {X64}; y = jnp")}},
    "float32.subnormal": {"torch": {"flushed": put(
        "torch.set_flush_denormal(True)", "y = torch.tensor([2.0**-133]) * 1",
        "torch.set_flush_denormal(True); y = torch.tensor([2.0**-133]) * 1; torch.set_flush_denormal(False)")}},
}


def setting_of(row: str, framework: str, value: object) -> Setting | None:
    """What is recorded here for a variant of a row; None where nothing is."""
    texts = SETTINGS.get(row, {}).get(framework, {})
    if isinstance(texts, str):
        return Setting(texts.format(repr(value)))
    found = texts.get(value)
    return Setting(found) if isinstance(found, str) else found
