"""Cross-entropies: what they are fed, what they do where a probability is zero, how they are averaged."""

from nnparity.cases.convention import AtlasRow, Probe, Variant
from nnparity.cases.snippets.blocks import everywhere, gradients, onnx_node, snippet
from nnparity.cases.snippets.calls import call

TF_LOGITS = "tf.nn has no cross-entropy of probabilities; tf.keras is Keras"
OPTAX_LOGITS = "optax has no cross-entropy of probabilities"
NO_GRADIENT = everywhere("ONNX describes forward passes only", "onnx", "onnxruntime")
KERAS_PROBABILITIES = "https://keras.io/api/losses/probabilistic_losses/"
TORCH_CE = "https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html"

PREDICTION = AtlasRow(
    layer="cross_entropy", option="prediction", title="input of the loss named cross-entropy", group="loss", leads=("L1",),
    question="Does the loss called cross-entropy expect probabilities or logits?",
    variants=(
        Variant(value="probabilities", title="probabilities", formula=r"-\log p_c",
                words="The network ends with a softmax; the loss takes the logarithm.",
                switch={"torch": "torch.nn.functional.nll_loss(p.log(), labels)", "keras": "the default"}),
        Variant(value="logits", title="logits", formula=r"-\log \text{softmax}(a)_c",
                words="The network ends without a softmax; the loss applies it.",
                switch={"keras": "CategoricalCrossentropy(from_logits=True)"})),
    probe=Probe(compute="cross_entropy_of", arguments={"x": [[0.2, 0.8]], "target": [[1.0, 0.0]]}),
    example="Fed the probabilities 0.2 and 0.8, of which the first is right, they give {0} and {1}.",
    consequence="A softmax layer in front of a loss that applies softmax again: training works, but slowly, and the loss cannot "
                "fall below 0.313 for two classes.",
    snippets={**call({"x": "[[0.2, 0.8]]", "t": "[[1.0, 0.0]]"}, torch="torch.nn.CrossEntropyLoss()(x, t)",
                     keras="keras.losses.CategoricalCrossentropy()(t, x)",
                     tensorflow="tf.compat.v1.losses.softmax_cross_entropy(t, x)",
                     jax="optax.softmax_cross_entropy(x, t)"),
              **onnx_node("y = SoftmaxCrossEntropyLoss(x, t)", inputs="float[1,2] x, int64[1] t", output="float y",
                          feeds='x, t = np.array([[0.2, 0.8]], "float32"), np.array([0])')},
    sources=(TORCH_CE, KERAS_PROBABILITIES, "https://github.com/keras-team/keras/issues/6636"))

CLIP = AtlasRow(
    layer="categorical_cross_entropy", option="clip", title="cross-entropy of a probability that is zero", group="loss",
    leads=("L1",), question="What is the cross-entropy where the right class has the probability zero?",
    variants=(
        Variant(value="none", title="infinite", formula=r"-\log p_c = \infty",
                words="Nothing is done: the logarithm of zero is minus infinity."),
        Variant(value="probability", title="probability held at 1e-7", formula=r"-\log \max(p_c, 10^{-7})",
                words="Probabilities are clipped to [1e-7, 1 - 1e-7]. No gradient passes where that happens.",
                switch={"torch": "nll_loss(p.clamp(1e-7, 1 - 1e-7).log(), labels)", "keras": "no option; it is the default"})),
    probe=Probe(compute="loss", arguments={"kind": "categorical_cross_entropy", "x": [[1.0, 0.0]], "target": [[0.0, 1.0]]}),
    example="A certain and wrong prediction costs {0} or {1}.",
    consequence="A loss that stops at 16.12 in one framework and becomes inf, then NaN weights, in the other.",
    snippets={**call({"p": "[[1.0, 0.0]]", "t": "[[0.0, 1.0]]"},
                     torch="torch.nn.functional.nll_loss(p.log(), t.argmax(1))",
                     keras="keras.losses.CategoricalCrossentropy()(t, p)"),
              **onnx_node("h = Log(p) y = NegativeLogLikelihoodLoss(h, t)", inputs="float[1,2] p, int64[1] t",
                          output="float y", feeds='p, t = np.array([[1, 0]], "float32"), np.array([1])')},
    absent={"tensorflow": TF_LOGITS, "jax": OPTAX_LOGITS},
    sources=(KERAS_PROBABILITIES, "https://docs.pytorch.org/docs/stable/generated/torch.nn.NLLLoss.html"))

NORMALISE = AtlasRow(
    layer="categorical_cross_entropy", option="normalise", title="probabilities that do not sum to one", group="loss",
    leads=("L1b",), question="Does the categorical cross-entropy divide probabilities that do not sum to one by their sum?",
    variants=(
        Variant(value="none", title="taken as they are", formula=r"q_k = p_k", words="Only the right class's number counts.",
                switch={"torch": "nll_loss(p.log(), labels)"}),
        Variant(value="before_clip", title="normalised, then clipped",
                formula=r"q_k = \text{clip}\left(\frac{p_k}{\sum_j p_j}\right)",
                words="Divided by the sum first; then clipped to [1e-7, 1 - 1e-7].",
                switch={"keras": "CategoricalCrossentropy(), the default"}),
        Variant(value="after_clip", title="clipped, then normalised",
                formula=r"q_k = \frac{\text{clip}(p_k)}{\sum_j \text{clip}(p_j)}",
                words="Each number is clipped to [1e-7, 1 - 1e-7] first, so a number above one counts as one.",
                switch={"keras": "SparseCategoricalCrossentropy(), the default"})),
    probe=Probe(compute="loss", arguments={"kind": "categorical_cross_entropy", "clip": "probability", "x": [[0.2, 0.6, 1.4]],
                                           "target": [[1.0, 0.0, 0.0]]}),
    example="The numbers 0.2, 0.6 and 1.4, of which the first is right, give {0}, {1} or {2}.",
    consequence="A head of independent sigmoids trained with this loss in Keras is trained as a softmax over the log-odds; "
                "ported number by number the loss and its gradient are others.",
    snippets={**call({"p": "[[0.2, 0.6, 1.4]]", "t": "[[1.0, 0.0, 0.0]]"},
                     torch="torch.nn.functional.nll_loss(p.log(), t.argmax(1))",
                     keras="keras.losses.CategoricalCrossentropy()(t, p)"),
              **onnx_node("h = Log(p) y = NegativeLogLikelihoodLoss(h, t)", inputs="float[1,3] p, int64[1] t",
                          output="float y", feeds='p, t = np.array([[0.2, 0.6, 1.4]], "float32"), np.array([0])')},
    absent={"tensorflow": TF_LOGITS, "jax": OPTAX_LOGITS}, sources=(KERAS_PROBABILITIES,))

SPARSE_NORMALISE = AtlasRow(
    layer="sparse_categorical_cross_entropy", option="normalise", title="probabilities beside a label that is a number",
    group="loss", leads=("L1b",),
    question="Does the cross-entropy with labels that are numbers divide probabilities by their sum?",
    variants=NORMALISE.variants, probe=NORMALISE.probe, example=NORMALISE.example,
    consequence="Keras's two cross-entropies agree on probabilities that sum to one and lie within the bounds, and not "
                "elsewhere: exchanging one for the other is not neutral.",
    snippets=call({"p": "[[0.2, 0.6, 1.4]]", "t": "[0]"}, torch="torch.nn.functional.nll_loss(p.log(), t)",
                  keras="keras.losses.SparseCategoricalCrossentropy()(t, p)"),
    absent={"tensorflow": TF_LOGITS, "jax": OPTAX_LOGITS,
            **everywhere("measured as categorical_cross_entropy.normalise, whose labels are numbers in ONNX", "onnx",
                                                                      "onnxruntime")},
    sources=(KERAS_PROBABILITIES,))

WEIGHTS = AtlasRow(
    layer="cross_entropy", option="divisor", title="divisor of a weighted mean", group="loss", leads=("L11",),
    question="By what is the sum of a cross-entropy with class weights divided?",
    variants=(
        Variant(value="weights", title="sum of the weights", formula=r"\frac{\sum_i w_i e_i}{\sum_i w_i}",
                words="A weighted average: doubling all weights changes nothing.",
                switch={"keras": "reduction='mean_with_sample_weight'"}),
        Variant(value="examples", title="number of examples", formula=r"\frac{1}{N} \sum_i w_i e_i",
                words="Doubling all weights doubles loss and gradient.",
                switch={"torch": "reduction='none', then (w * e).mean()"}),
        Variant(value="nonzero", title="number of weights that are not zero",
                formula=r"\frac{\sum_i w_i e_i}{\#\{i : w_i \neq 0\}}",
                words="Examples of weight zero do not count, the others count fully: SUM_BY_NONZERO_WEIGHTS of TensorFlow 1.")),
    probe=Probe(compute="weighted_cross_entropy",
                arguments={"x": [[1.0, 0.0, 0.0], [0.0, 2.0, 1.0], [1.0, 0.5, 0.0]], "target": [0, 1, 2],
                           "weights": [0.5, 0.0, 4.0]}),
    example="Three examples with the weights {weights} give {0}, {1} or {2}.",
    consequence="Class weights copied from one framework into the other change the effective learning rate, in every batch by "
                "another factor.",
    snippets={
        **call({"x": "[[1.0, 0.0, 0.0], [0.0, 2.0, 1.0], [1.0, 0.5, 0.0]]", "t": "[0, 1, 2]", "w": "[0.5, 0.0, 4.0]"},
               torch="torch.nn.CrossEntropyLoss(weight=w)(x, t)",
               keras="keras.losses.SparseCategoricalCrossentropy(from_logits=True)(t, x, sample_weight=w)",
               tensorflow="tf.compat.v1.losses.sparse_softmax_cross_entropy(t, x, weights=w)"),
        **onnx_node("y = SoftmaxCrossEntropyLoss(x, t, w)", inputs="float[3,3] x, int64[3] t, float[3] w", output="float y",
                    feeds="x, t, w = np.float32([[1, 0, 0], [0, 2, 1], [1, 0.5, 0]]), np.arange(3), np.float32([0.5, 0, 4])")},
    absent={"jax": "optax.softmax_cross_entropy takes no weights"},
    sources=(TORCH_CE, "https://keras.io/api/losses/"))

SMOOTHING = AtlasRow(
    layer="cross_entropy", option="spread", title="label smoothing", group="loss", leads=("L12",),
    question="Where does label smoothing of the cross-entropy put the mass that it takes from the right class?",
    variants=(
        Variant(value="all", title="on all classes", formula=r"t'_k = (1 - \epsilon) t_k + \frac{\epsilon}{K}",
                words="The right class gets its share back: it keeps 1 - ε + ε/K."),
        Variant(value="others", title="on the other classes",
                formula=r"t'_k = (1 - \epsilon) t_k + (1 - t_k) \frac{\epsilon}{K - 1}",
                words="The right class keeps 1 - ε. Some translation toolkits and hand-written losses do it so.",
                switch={"torch": "label_smoothing=eps * K / (K - 1)", "keras": "label_smoothing=eps * K / (K - 1)"})),
    probe=Probe(compute="smoothed_cross_entropy", arguments={"x": [[2.0, 0.5, -1.0]], "target": [[1.0, 0.0, 0.0]],
                                                             "amount": 0.1}),
    example="Three logits 2, 0.5 and -1 with ε = {amount} give {0} or {1}.",
    consequence="The same ε means another amount of smoothing, by the factor K / (K - 1): 2 for two classes.",
    snippets=call({"x": "[[2.0, 0.5, -1.0]]", "t": "[[1.0, 0.0, 0.0]]"},
                  torch="torch.nn.CrossEntropyLoss(label_smoothing=0.1)(x, t)",
                  keras="keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1)(t, x)",
                  tensorflow="tf.compat.v1.losses.softmax_cross_entropy(t, x, label_smoothing=0.1)",
                  jax="optax.softmax_cross_entropy(x, optax.smooth_labels(t, 0.1))"),
    absent=everywhere("ONNX's SoftmaxCrossEntropyLoss has no label smoothing", "onnx", "onnxruntime"),
    sources=(TORCH_CE, "https://arxiv.org/abs/1512.00567"))

IGNORED = AtlasRow(
    layer="cross_entropy", option="ignored", title="divisor with ignored labels", group="loss", leads=("L13",),
    question="When some labels are ignored, is the cross-entropy divided by the number of those kept or of all?",
    variants=(
        Variant(value="kept", title="those kept", formula=r"\frac{\sum_{i \text{ kept}} e_i}{\#\text{kept}}",
                words="Padding changes nothing.", config={"divisor": "kept"}),
        Variant(value="all", title="all", formula=r"\frac{\sum_{i \text{ kept}} e_i}{N}",
                words="Ignored ones count as examples of loss zero, as with a sample weight of zero in Keras.",
                config={"divisor": "all"})),
    probe=Probe(compute="ignored_labels", arguments={"x": [[1.0, 0.0], [0.0, 2.0], [3.0, 1.0]], "target": [0, 1, -1],
                                                     "ignored": -1}),
    example="Of three labels the last is ignored: {0} or {1}.",
    consequence="With padded sequences the loss and the gradient shrink with the share of padding where all are counted.",
    snippets={**call({"x": "[[1.0, 0.0], [0.0, 2.0], [3.0, 1.0]]", "t": "[0, 1, -1]"},
                     torch="torch.nn.CrossEntropyLoss(ignore_index=-1)(x, t)",
                     keras="keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=-1)(t, x)"),
              **onnx_node("y = SoftmaxCrossEntropyLoss <ignore_index = -1> (x, t)", inputs="float[3,2] x, int64[3] t",
                          output="float y", feeds='x, t = np.array([[1, 0], [0, 2], [3, 1]], "float32"), np.array([0, 1, -1])')},
    absent={"tensorflow": "tf.nn's cross-entropies ignore no label",
            "jax": "optax's cross-entropies ignore no label; they have `where`"},
    sources=(TORCH_CE, KERAS_PROBABILITIES))

ALL_IGNORED = AtlasRow(
    layer="cross_entropy", option="none_kept", title="loss where every label is ignored", group="loss", leads=("L13",),
    question="What is the mean cross-entropy of a batch in which every label is ignored?",
    variants=(
        Variant(value="nan", title="NaN", formula=r"\frac{0}{0}", words="Nothing divided by nothing.",
                config={"divisor": "kept"}),
        Variant(value="zero", title="zero", formula=r"0", words="The divisor is kept away from zero.",
                config={"divisor": "kept_or_zero"})),
    probe=Probe(compute="ignored_labels", arguments={"x": [[1.0, 0.0], [0.0, 2.0]], "target": [-1, -1], "ignored": -1},
                scale=1.0),
    example="Two examples, both ignored: {0} or {1}.",
    consequence="One batch of padding only turns all weights into NaN, in one framework and not in the other.",
    snippets={**call({"x": "[[1.0, 0.0], [0.0, 2.0]]", "t": "[-1, -1]"},
                     torch="torch.nn.CrossEntropyLoss(ignore_index=-1)(x, t)",
                     keras="keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=-1)(t, x)"),
              **onnx_node("y = SoftmaxCrossEntropyLoss <ignore_index = -1> (x, t)", inputs="float[2,2] x, int64[2] t",
                          output="float y", feeds='x, t = np.array([[1, 0], [0, 2]], "float32"), np.array([-1, -1])')},
    absent=IGNORED.absent, sources=(TORCH_CE, KERAS_PROBABILITIES))

REDUCTION = AtlasRow(
    layer="softmax_cross_entropy", option="reduction", title="reduction of softmax cross-entropy", group="loss", leads=("L22",),
    question="With classes at every time step, over what is the cross-entropy averaged?",
    variants=(
        Variant(value="mean", title="mean over examples and steps", formula=r"\frac{1}{NT} \sum_{n,t} e_{nt}",
                words="Keras calls it sum_over_batch_size, and the size is that of all losses, not the number of sequences."),
        Variant(value="batch_mean", title="sum over steps, mean over examples", formula=r"\frac{1}{N} \sum_{n,t} e_{nt}",
                words="The log-likelihood of a whole sequence, averaged. No framework has it as a default.",
                switch={"torch": "reduction='sum', then divided by the batch",
                        "keras": "reduction='sum', then divided by the batch"}),
        Variant(value="none", title="none", formula=r"e_{nt}", words="Every loss is returned; its gradient has no division.",
                switch={"torch": "reduction='none'", "keras": "reduction=None or 'none'", "jax": "the default"})),
    probe=Probe(compute="loss", arguments={"kind": "softmax_cross_entropy", "labels": "sparse",
                                           "x": [[[1.0, 0.0], [0.0, 2.0], [1.0, 1.5]], [[0.5, 0.0], [1.0, 3.0], [2.0, 0.0]]],
                                           "target": [[0, 0, 1], [1, 1, 0]]}),
    example="Two sequences of three steps give {0}, {1} or the six numbers {2}.",
    consequence="The gradient, and with it the right learning rate, differs by the number of steps or of examples.",
    snippets={**call({"x": "[[[1.0, 0.0], [0.0, 2.0], [1.0, 1.5]], [[0.5, 0.0], [1.0, 3.0], [2.0, 0.0]]]",
                      "t": "[[0, 0, 1], [1, 1, 0]]"},
                     torch="torch.nn.CrossEntropyLoss()(x.transpose(1, 2), t)",
                     keras="keras.losses.SparseCategoricalCrossentropy(from_logits=True)(t, x)",
                     tensorflow="tf.nn.sparse_softmax_cross_entropy_with_logits(t, x)",
                     jax="optax.softmax_cross_entropy_with_integer_labels(x, t)"),
              **onnx_node("y = SoftmaxCrossEntropyLoss(x, t)", inputs="float[2,2,3] x, int64[2,3] t", output="float y",
                          feeds="x, t = np.float32([[[1, 0, 1], [0, 2, 1.5]], [[0.5, 1, 2], [0, 3, 0]]]), "
                                "np.array([[0, 0, 1], [1, 1, 0]])")},
    sources=(TORCH_CE, "https://keras.io/api/losses/", "https://optax.readthedocs.io/en/latest/api/losses.html"))

TARGET_SUM = AtlasRow(
    layer="cross_entropy", option="total", title="gradient for labels that do not sum to one", group="loss", leads=("L22",),
    question="Is the gradient of the softmax cross-entropy right where the labels do not sum to one?",
    variants=(
        Variant(value="counted", title="softmax times the labels' sum", formula=r"\text{softmax}(a) \sum_k t_k - t",
                words="The derivative of the loss that is returned."),
        Variant(value="assumed", title="softmax minus labels", formula=r"\text{softmax}(a) - t",
                words="The derivative where the labels are a distribution. For others it is that of no loss that is returned.")),
    probe=Probe(compute="softmax_cross_entropy_gradient", arguments={"x": [[1.0, 0.0, 2.0]], "target": [[1.0, 0.0, 1.0]]}),
    example="Two of three labels are one: {0} or {1}.",
    consequence="Masking by labels that are all zero leaves a gradient in one framework, and none in the other; several labels a "
                "row pull with another force.",
    snippets={**gradients("[[1.0, 0.0, 2.0]]", torch="torch.nn.functional.cross_entropy(x, torch.tensor([[1.0, 0.0, 1.0]]))",
                       keras="keras.ops.categorical_crossentropy([[1.0, 0.0, 1.0]], x, from_logits=True)",
                       tensorflow="tf.nn.softmax_cross_entropy_with_logits([[1.0, 0.0, 1.0]], x)"),
              "jax": snippet("""
        import jax, jax.numpy as jnp, optax
        x, t = jnp.array([[1.0, 0.0, 2.0]]), jnp.array([[1.0, 0.0, 1.0]])
        answer = jax.grad(lambda x: optax.softmax_cross_entropy(x, t).sum())(x)
        print(answer)""")},
    absent=NO_GRADIENT, sources=("https://www.tensorflow.org/api_docs/python/tf/nn/softmax_cross_entropy_with_logits", TORCH_CE))
ROWS = (PREDICTION, CLIP, NORMALISE, SPARSE_NORMALISE, WEIGHTS, SMOOTHING, IGNORED, ALL_IGNORED, REDUCTION, TARGET_SUM)
