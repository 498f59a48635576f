"""Losses between distributions and sequences: Kullback-Leibler divergence, CTC."""

from nnparity.cases.convention import AtlasRow, Probe, Variant
from nnparity.cases.snippets.blocks import everywhere, snippet
from nnparity.cases.snippets.calls import call

ABSENT = {"tensorflow": "tf.nn has no Kullback-Leibler divergence; tf.keras is Keras",
          **everywhere("ONNX has no such loss", "onnx", "onnxruntime")}
SOURCES = ("https://docs.pytorch.org/docs/stable/generated/torch.nn.KLDivLoss.html",
           "https://keras.io/api/losses/probabilistic_losses/", "https://optax.readthedocs.io/en/latest/api/losses.html")

Q = {"q": "[[0.2, 0.3, 0.5], [0.6, 0.3, 0.1]]", "t": "[[0.1, 0.6, 0.3], [0.5, 0.25, 0.25]]"}
PAIR = {"q": [[0.2, 0.3, 0.5], [0.6, 0.3, 0.1]], "target": [[0.1, 0.6, 0.3], [0.5, 0.25, 0.25]]}

KL_REDUCTION = AtlasRow(
    layer="kl_divergence", option="reduction", title="reduction of the Kullback-Leibler divergence", group="loss", leads=("L6",),
    question="By what is the Kullback-Leibler divergence, summed over examples and classes, divided?",
    variants=(
        Variant(value="batch_mean", title="the number of examples", formula=r"\frac{1}{N} \sum_{n,k} t \log \frac{t}{q}",
                words="The mean of the examples' divergences.", switch={"torch": "KLDivLoss(reduction='batchmean')"}),
        Variant(value="mean", title="the number of elements", formula=r"\frac{1}{NK} \sum_{n,k} t \log \frac{t}{q}",
                words="Not a divergence: it is divided by the number of classes as well."),
        Variant(value="none", title="nothing; one for each example", formula=r"\sum_k t \log \frac{t}{q}", words="A vector.")),
    probe=Probe(compute="kl_divergence", arguments=PAIR),
    example="Two examples with three classes give {0}, {1} or {2}.",
    consequence="A distillation or variational loss is smaller by the number of classes: with 1000 classes the term is as good "
                "as gone.",
    snippets=call(Q, torch="torch.nn.KLDivLoss()(q.log(), t)", keras="keras.losses.KLDivergence()(t, q)",
                  jax="optax.kl_divergence(jnp.log(q), t)"),
    absent=ABSENT, sources=SOURCES)

KL_INPUT = AtlasRow(
    layer="kl_divergence", option="prediction", title="first input of the Kullback-Leibler divergence", group="loss",
    leads=("L6",),
    question="Is the prediction of the Kullback-Leibler divergence a distribution or its logarithm?",
    variants=(
        Variant(value="probabilities", title="the distribution", formula=r"\sum_k t_k (\log t_k - \log q_k)", words="q itself."),
        Variant(value="log", title="its logarithm", formula=r"\sum_k t_k (\log t_k - q_k)",
                words="log q, as log_softmax gives it. Fed q, the loss may be negative.")),
    probe=Probe(compute="kl_divergence", arguments={"q": [[0.2, 0.3, 0.5]], "target": [[0.1, 0.6, 0.3]]}),
    example="Fed (0.2, 0.3, 0.5) as the prediction of (0.1, 0.6, 0.3) they give {0} or {1}.",
    consequence="A wrong number without an error. That it is negative is the only sign.",
    snippets=call({"q": "[[0.2, 0.3, 0.5]]", "t": "[[0.1, 0.6, 0.3]]"},
                  torch="torch.nn.functional.kl_div(q, t, reduction='batchmean')", keras="keras.losses.KLDivergence()(t, q)",
                  jax="optax.kl_divergence(q, t)"),
    absent=ABSENT, sources=SOURCES)

KL_ZERO = AtlasRow(
    layer="kl_divergence", option="zero", title="Kullback-Leibler divergence of a target that is zero", group="loss",
    leads=("L28",),
    question="Does a class of probability zero contribute to the Kullback-Leibler divergence?",
    variants=(
        Variant(value="exact", title="not at all", formula=r"0 \log 0 = 0", words="The limit of t log t."),
        Variant(value="clipped", title="as 1e-7", formula=r"10^{-7} \log \frac{10^{-7}}{q}",
                words="Both distributions are clipped to [1e-7, 1]. It is little, and negative.")),
    probe=Probe(compute="kl_divergence", arguments={"q": [[1.0, 1.0]], "target": [[0.0, 1.0]]}),
    example="With targets 0 and 1 and both predictions 1, so that nothing else is left: {0} or {1:.6g}.",
    consequence="Equal one-hot distributions have a divergence that is not zero, and comparisons at float64 accuracy fail.",
    snippets=call({"q": "[[1.0, 1.0]]", "t": "[[0.0, 1.0]]"},
                  torch="torch.nn.functional.kl_div(q.log(), t, reduction='batchmean')",
                  keras="keras.losses.KLDivergence()(t, q)",
                  jax="optax.kl_divergence(jnp.log(q), t)"),
    absent=ABSENT, sources=SOURCES)

CTC_SOURCES = ("https://docs.pytorch.org/docs/stable/generated/torch.nn.CTCLoss.html",
               "https://keras.io/api/losses/probabilistic_losses/",
               "https://www.tensorflow.org/api_docs/python/tf/nn/ctc_loss",
               "https://optax.readthedocs.io/en/latest/api/losses.html")


def _ctc(labels, logits):
    n = len(labels)
    return {
        "torch": snippet(f"""
            import torch
            q = torch.log_softmax(torch.tensor({logits}), -1)
            t = torch.tensor([{labels}])
            answer = torch.nn.CTCLoss()(q[:, None], t, torch.tensor([4]), torch.tensor([{n}]))
            print(answer)"""),
        "keras": snippet(f"""
            import keras, numpy as np
            x = np.array([{logits}], "float32")
            y = keras.losses.CTC()(np.array([{labels}]), x)
            answer = keras.ops.convert_to_numpy(y)
            print(answer)"""),
        "tensorflow": snippet(f"""
            import tensorflow as tf
            x = tf.constant([{logits}])
            t = tf.constant([{labels}])
            answer = tf.nn.ctc_loss(t, x, [{n}], [4], logits_time_major=False)
            print(answer)"""),
        "jax": snippet(f"""
            import jax.numpy as jnp, optax
            x = jnp.array([{logits}])
            t = jnp.array([{labels}])
            answer = optax.ctc_loss(x, jnp.zeros((1, 4)), t, jnp.zeros((1, {n})))
            print(answer)"""),
    }


LOGITS = [[2.0, 1.0, 0.5], [0.5, 1.5, 0.0], [0.0, 1.0, 1.5], [1.0, 0.0, 0.5]]

CTC_MEAN = AtlasRow(
    layer="ctc", option="reduction", title="mean of the CTC loss", group="loss", leads=("L14",),
    question="Is the CTC loss of an example divided by the number of its labels before the batch is averaged?",
    variants=(
        Variant(value="target_mean", title="divided by the number of labels", formula=r"-\frac{1}{L} \log P(l)",
                words="Long texts count as much as short ones."),
        Variant(value="sum", title="not divided", formula=r"-\log P(l)", words="The log-likelihood of the example.",
                switch={"torch": "reduction='sum', then / batch"})),
    probe=Probe(compute="ctc_of_logits", arguments={"logits": LOGITS, "labels": [1, 2]}),
    example="Four steps and two labels give {0} or {1}.",
    consequence="Losses of two implementations are in the ratio of the text's length, and so are the gradients.",
    snippets=_ctc([1, 2], LOGITS), absent=everywhere("ONNX has no CTC loss", "onnx", "onnxruntime"), sources=CTC_SOURCES)

CTC_BLANK = AtlasRow(
    layer="ctc", option="blank", title="blank class of CTC", group="loss", leads=("L14",),
    question="Which class is the blank of the CTC loss, the first or the last?",
    variants=(
        Variant(value=0, title="the first", formula=r"k = 0", words="Labels count from 1.",
                switch={"torch": "CTCLoss(blank=0), the default", "tensorflow": "tf.nn.ctc_loss(blank_index=0), the default"}),
        Variant(value="last", title="the last", formula=r"k = K - 1",
                words="Labels count from 0. Also tf.keras.backend.ctc_batch_cost of Keras 2.",
                switch={"torch": "CTCLoss(blank=num_classes - 1)", "tensorflow": "blank_index=-1"})),
    probe=Probe(compute="ctc_of_logits", arguments={"logits": LOGITS, "labels": [1]}),
    example="Four steps and one label give {0} or {1}.",
    consequence="A recogniser ported with its labels reads the first letter as the blank: the decoded text is garbage.",
    snippets={**_ctc([1], LOGITS), "tensorflow": snippet(f"""
        import tensorflow as tf
        x = tf.constant([{LOGITS}])
        t = tf.sparse.from_dense([[1]])
        answer = tf.compat.v1.nn.ctc_loss(t, x, [4], time_major=False)
        print(answer)""")},
    absent=everywhere("ONNX has no CTC loss", "onnx", "onnxruntime"), sources=CTC_SOURCES)

ROWS = (KL_REDUCTION, KL_INPUT, KL_ZERO, CTC_MEAN, CTC_BLANK)
