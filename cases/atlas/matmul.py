"""Matrix products in single precision: which error is normal, and the switches that let an accelerator round the factors."""

from dataclasses import replace

from nnparity.cases.convention import AtlasRow, Probe, Variant
from nnparity.cases.snippets.blocks import everywhere
from nnparity.cases.snippets.lines import jax, keras, onnx, tensorflow, torch

TORCH_TF32 = "https://docs.pytorch.org/docs/stable/notes/cuda.html"
TF_TF32 = "https://www.tensorflow.org/api_docs/python/tf/config/experimental/enable_tensor_float_32_execution"
JAX_PRECISION = "https://docs.jax.dev/en/latest/_autosummary/jax.default_matmul_precision.html"
SWITCHES = {"torch": "torch.set_float32_matmul_precision('{torch}')", "jax": "jax.default_matmul_precision('{jax}')",
            "tensorflow": "tf.config.experimental.enable_tensor_float_32_execution({tensorflow})"}


def switches(**values: str) -> dict[str, str]:
    return {name: SWITCHES[name].format(**{name: value}) for name, value in values.items()}


SINGLE = Variant(value="single", title="as they are, in single precision", formula=r"y = \sum_k a_k \, b_k",
                 words="24 bits of each factor are multiplied. Always so on the CPUs measured.",
                 switch=switches(torch="highest", jax="highest", tensorflow="False"))
TF32 = Variant(value="tf32", title="rounded to 11 bits (TF32)", formula=r"y = \sum_k \mathrm{tf32}(a_k) \, \mathrm{tf32}(b_k)",
               words="NVIDIA's tensor cores, from the A100 on. The sum is held in single precision.",
               switch=switches(torch="high", jax="tensorfloat32", tensorflow="True"))

FACTORS = AtlasRow(
    layer="matmul", option="factors", title="factors of a float32 matrix product", group="precision", leads=("P2",),
    question="Are the factors of a float32 matrix product (matmul) rounded before they are multiplied, as with TF32?",
    variants=(SINGLE, TF32,
              Variant(value="bfloat16", title="rounded to 8 bits (bfloat16)",
                      formula=r"y = \sum_k \mathrm{bf16}(a_k) \, \mathrm{bf16}(b_k)",
                      words="What a TPU does unless told otherwise. The settings allow it and do not ask for it: on the H100 "
                            "that was measured they lead to TF32.",
                      switch=switches(torch="medium", jax="bfloat16"))),
    probe=Probe(compute="product_of_rounded", arguments={"x": [1 + 2.0**-12, 1 + 2.0**-9]}),
    example="1 + 2^-12 and 1 + 2^-9 times the unit matrix, minus one: {0}, {1} or {2}.",
    consequence="The same model on an accelerator differs from the CPU in the third or fourth digit, and a comparison of two "
                "frameworks shows the switches and not the formulas. Set both to the highest precision before you compare.",
    snippets={
        "torch": torch("x = torch.tensor([[1 + 2**-12, 1 + 2**-9]])", "answer = x @ torch.eye(2) - 1"),
        "keras": keras('x = np.array([[1 + 2**-12, 1 + 2**-9]], "float32")',
                       'y = keras.ops.matmul(x, np.eye(2, dtype="float32")) - 1'),
        "tensorflow": tensorflow("x = tf.constant([[1 + 2**-12, 1 + 2**-9]])", "answer = tf.matmul(x, tf.eye(2)) - 1"),
        "jax": jax("x = jnp.array([[1 + 2**-12, 1 + 2**-9]])", "answer = jnp.matmul(x, jnp.eye(2)) - 1"),
        **onnx("z = MatMul (x, e) y = Sub (z, o)", x="float[1,2]", e="float[2,2]", o="float", output="float[1,2] y",
               feeds='x, e, o = np.float32([[1 + 2**-12, 1 + 2**-9]]), np.eye(2, dtype="f"), np.array(1, "f")'),
    },
    devices=("matmul, 4096 terms",),
    sources=(TORCH_TF32, JAX_PRECISION, TF_TF32, "https://github.com/pytorch/pytorch/issues/107514"))

RANDOM = ("a, b = (np.random.default_rng(0).standard_normal(s).astype('float32') for s in ((64, 4096), (4096, 64)))",
          "right = a.astype('float64') @ b")
ERROR = AtlasRow(
    layer="matmul", option="error", title="error of a float32 matrix product", group="precision", leads=("P4",),
    question="Which error of a float32 matrix product (matmul) of 4096 terms is normal, measured against float64?",
    variants=(
        Variant(value="single", title=r"at most √n u, with u = 2^-24", config={"bits": 24},
                formula=r"\frac{\|y - y_{64}\|}{\|y_{64}\|} \le \sqrt{n} \, u",
                words="The error of a sum of n terms that are drawn at random grows like the root of n where they are added one "
                      "after the other, and more slowly where they are added in blocks, as every library does. 4096 terms: 64 u.",
                switch=switches(torch="highest", jax="highest", tensorflow="False")),
        Variant(value="tf32", title="more", config={"bits": 11},
                formula=r"\frac{\|y - y_{64}\|}{\|y_{64}\|} > \sqrt{n} \, u",
                words="Rounded factors: some 5000 u with TF32, whatever n is. Or a bug.",
                switch=switches(torch="high", jax="tensorfloat32", tensorflow="True"))),
    probe=Probe(compute="product_error_within", arguments={"n": 4096}),
    example="Is the error of {n:.0f} terms at most 64 u? {0:.0f} (yes) or {1:.0f} (no).",
    consequence="A tolerance (rtol, atol) of 1e-6 for everything alarms where nothing is wrong, and one of 1e-2 hides a wrong "
                "formula.",
    snippets={
        "torch": torch("a, b = torch.randn(64, 4096), torch.randn(4096, 64)", "right = a.double() @ b.double()",
                       "error = (a @ b - right).norm() / right.norm()", "answer = error <= 4096**0.5 * 2**-24"),
        "keras": keras(*RANDOM, "error = np.linalg.norm(keras.ops.convert_to_numpy(keras.ops.matmul(a, b)) - right)",
                       "y = error / np.linalg.norm(right) <= 4096**0.5 * 2**-24"),
        "tensorflow": tensorflow("a, b = tf.random.normal((64, 4096)), tf.random.normal((4096, 64))",
                                 "right = tf.matmul(*(tf.cast(factor, tf.float64) for factor in (a, b)))",
                                 "error = tf.norm(tf.cast(a @ b, tf.float64) - right) / tf.norm(right)",
                                 "answer = error <= 4096**0.5 * 2**-24"),
        "jax": jax("import numpy as np", *RANDOM, "error = np.linalg.norm(np.asarray(jnp.matmul(a, b)) - right)",
                   "answer = error / np.linalg.norm(right) <= 4096**0.5 * 2**-24"),
    },
    absent=everywhere("its answer is NumPy's or a library's product as well; see matmul.factors", "onnx", "onnxruntime"),
    devices=("matmul, 512 terms", "matmul, 4096 terms", "conv2d 3x3, 4095 terms"),
    sources=("https://docs.pytorch.org/docs/stable/notes/numerical_accuracy.html", "https://doi.org/10.1137/1.9780898718027",
             TORCH_TF32))

DEFAULTS = (
    Variant(value="off", title="off", formula=r"y = \sum_k a_k \, b_k", config={"value": 0.0},
            words="Single precision means single precision.", switch=switches(torch="highest", tensorflow="False")),
    Variant(value="on", title="on", formula=r"y = \sum_k \mathrm{tf32}(a_k) \, \mathrm{tf32}(b_k)", config={"value": 1.0},
            words="Where the device has tensor cores they are used. On a CPU the switch does nothing.",
            switch=switches(torch="high", tensorflow="True")),
    Variant(value="device", title="left to the device", formula=r"y = \sum_k a_k \, b_k \text{ or } "
            r"\sum_k \mathrm{tf32}(a_k) \, \mathrm{tf32}(b_k)", config={"value": "None"},
            words="No precision is set, and the compiler takes the fastest: TF32 on NVIDIA's newer devices, bfloat16 on TPUs.",
            switch=switches(jax="highest")))
NO_SWITCH = {"keras": "Keras has no switch of its own: its backend's counts",
             **everywhere("a CPU build has none; the CUDA provider's option is use_tf32", "onnxruntime"),
             **everywhere("it computes with NumPy", "onnx")}
IN_JAX = jax("answer = str(jax.config.jax_default_matmul_precision)")
IN_TF = tensorflow("answer = tf.config.experimental.tensor_float_32_execution_enabled()")

MATMUL_SWITCH = AtlasRow(
    layer="tf32_matmul", option="default", title="TF32 in matrix products", group="precision", leads=("P2",),
    question="May a matrix product (matmul, dense layer) of float32 numbers use TF32 unless told otherwise?",
    variants=DEFAULTS, probe=Probe(compute="constant"), example="The switch reads {0:.0f}, {1:.0f} or {2}.",
    consequence="The same float32 model on the same device has three correct digits in one framework and seven in the other.",
    snippets={"torch": torch("answer = torch.backends.cuda.matmul.allow_tf32"), "tensorflow": IN_TF, "jax": IN_JAX},
    absent=NO_SWITCH, devices=("matmul, 4096 terms",), sources=(TORCH_TF32, TF_TF32, JAX_PRECISION))

CONVOLUTION_SWITCH = AtlasRow(
    layer="tf32_convolution", option="default", title="TF32 in convolutions", group="precision", leads=("P2",),
    question="May a convolution (or recurrent layer) of float32 numbers on a GPU use TF32 unless told otherwise?",
    variants=(replace(DEFAULTS[0], switch={**DEFAULTS[0].switch, "torch": "torch.backends.cudnn.allow_tf32 = False"}),
              replace(DEFAULTS[1], switch={**DEFAULTS[1].switch, "torch": "torch.backends.cudnn.allow_tf32 = True"}),
              DEFAULTS[2]), probe=Probe(compute="constant"),
    example="The switch reads {0:.0f}, {1:.0f} or {2}.",
    consequence="PyTorch has two switches with different defaults: its dense layers are exact and its convolutions are not, so a "
                "convolutional network differs from the CPU in the fourth digit and a dense one does not. Set "
                "torch.backends.cudnn.allow_tf32 = False as well.",
    snippets={"torch": torch("answer = torch.backends.cudnn.allow_tf32"), "tensorflow": IN_TF, "jax": IN_JAX},
    absent=NO_SWITCH, devices=("conv2d 3x3, 4095 terms",),
    sources=(TORCH_TF32, TF_TF32, JAX_PRECISION, "https://github.com/pytorch/pytorch/issues/84334"))

ROWS = (FACTORS, ERROR, MATMUL_SWITCH, CONVOLUTION_SWITCH)
