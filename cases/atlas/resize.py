"""Resizing images: positions, weights, borders, defaults. The images are one row high, so that the numbers can be followed."""

from dataclasses import replace

from nnparity.cases.convention import AtlasRow, Probe, Variant
from nnparity.cases.snippets.blocks import everywhere
from nnparity.cases.snippets.lines import KERAS_ONLY, jax, keras, onnx, tensorflow, torch

SOURCES = ("https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.interpolate.html",
           "https://www.tensorflow.org/api_docs/python/tf/image/resize", "https://onnx.ai/onnx/operators/onnx__Resize.html",
           "https://docs.jax.dev/en/latest/_autosummary/jax.image.resize.html")


def snippets(numbers, length, *, torch_mode, keras_mode, tf_mode, jax_mode, node):
    """One row of `numbers` resized to `length` in every column; a mode that is left empty is the function's default."""
    count = numbers.count(",") + 1
    onnx_x = f"x, n = np.float32({numbers}).reshape(1, 1, 1, {count}), np.array([1, 1, 1, {length}])"
    written = {
        "torch": torch(f"x = torch.tensor({numbers}).reshape(1, 1, 1, {count})",
                       f"answer = F.interpolate(x, size=(1, {length}){torch_mode})"),
        "keras": keras(f'x = np.array({numbers}, "float32").reshape(1, 1, {count}, 1)',
                       f'y = keras.ops.image.resize(x, (1, {length}){keras_mode}, data_format="channels_last")'),
        "tensorflow": tensorflow(f"x = tf.reshape(tf.constant({numbers}), (1, 1, {count}, 1))",
                                 f"answer = tf.image.resize(x, (1, {length}){tf_mode})"),
        **onnx(f"y = Resize{node} (x, , , n)", x=f"float[1,1,1,{count}]", n="int64[4]", output=f"float[1,1,1,{length}] y",
               feeds=onnx_x),
    }
    if jax_mode:
        written["jax"] = jax(f"answer = jax.image.resize(jnp.array({numbers}), ({length},){jax_mode})")
    return written


NEAREST = AtlasRow(
    layer="resize_nearest", option="rounding", title="pixel that nearest resizing takes", group="convolution", leads=("C13b",),
    question="Which pixel is the nearest one when eight become two?",
    variants=(
        Variant(value="corner", title="counted from the corner", formula=r"j = \lfloor i s \rfloor",
                words="Of each block the first. A known fault that is kept for old models.",
                switch={"torch": "mode='nearest'", "onnx": "coordinate_transformation_mode=asymmetric, nearest_mode=floor"}),
        Variant(value="center", title="nearest to the centre, a half upward",
                formula=r"j = \left\lfloor \left(i + \frac{1}{2}\right) s \right\rfloor",
                words="As Pillow and scikit-image do it.",
                switch={"torch": "mode='nearest-exact'", "onnx": "nearest_mode=round_prefer_ceil"}),
        Variant(value="center_down", title="nearest to the centre, a half downward",
                formula=r"j = \left\lceil \left(i + \frac{1}{2}\right) s - 1 \right\rceil",
                words="Where two pixels are equally near, the first.",
                switch={"onnx": "nearest_mode=round_prefer_floor, the default"})),
    probe=Probe(compute="resized_nearest", arguments={"x": list(range(8)), "length": 2}),
    example="Of {x} the pixels {0}, {1} or {2} are left.",
    consequence="Masks and feature pyramids are shifted by up to half a block. With doubling, the usual case, all three agree.",
    snippets=snippets("[0.0, 1, 2, 3, 4, 5, 6, 7]", 2, torch_mode=', mode="nearest"', keras_mode=', interpolation="nearest"',
                      tf_mode=', method="nearest"', jax_mode=', "nearest"', node=' <mode = "nearest">'),
    sources=("https://github.com/pytorch/pytorch/issues/34808", *SOURCES))

GRID = AtlasRow(
    layer="resize_linear", option="grid", title="positions of bilinear resizing", group="convolution", leads=("C14",),
    question="For which positions of the old image do the pixels of a bilinear resizing stand?",
    variants=(
        Variant(value="half_pixel", title="pixels are areas", formula=r"p = \left(i + \frac{1}{2}\right) s - \frac{1}{2}",
                words="Both images cover the same area, so the outermost centres do not coincide.",
                switch={"torch": "align_corners=False, the default", "onnx": "half_pixel, the default"}),
        Variant(value="align_corners", title="pixels are points, corners coincide", formula=r"p = i \, \frac{n - 1}{m - 1}",
                words="The default of PyTorch before 0.4, and of networks for segmentation since.",
                switch={"torch": "align_corners=True", "tensorflow": "tf.compat.v1.image.resize(..., align_corners=True)",
                        "onnx": "coordinate_transformation_mode=align_corners"}),
        Variant(value="asymmetric", title="pixels are points, the first ones coincide", formula=r"p = i \, s",
                words="The default of TensorFlow 1.",
                switch={"tensorflow": "tf.compat.v1.image.resize(...)", "onnx": "coordinate_transformation_mode=asymmetric"})),
    probe=Probe(compute="resized_linear", arguments={"x": [0.0, 1.0], "length": 4}),
    example="{x} resized to four numbers becomes {0}, {1} or {2}.",
    consequence="Feature maps are shifted and stretched by a fraction of a pixel, and the edges that a ported "
                "segmentation network draws with them.",
    snippets=snippets("[0.0, 1]", 4, torch_mode=', mode="bilinear"', keras_mode=', interpolation="bilinear"',
                      tf_mode=', method="bilinear"', jax_mode=', "linear"', node=' <mode = "linear">'),
    sources=SOURCES)

ANTIALIAS = AtlasRow(
    layer="resize_linear", option="antialias", title="antialiasing of bilinear resizing", group="convolution", leads=("C14",),
    question="When an image is made smaller, does bilinear resizing look at two pixels or at all that fall into a new one?",
    variants=(
        Variant(value=False, title="off: two pixels", formula=r"w = \max(1 - |t|, 0)",
                words="Pixels in between are never looked at.",
                switch={"torch": "antialias=False, the default", "jax": "jax.image.resize(..., antialias=False)",
                        "onnx": "antialias=0, the default"}),
        Variant(value=True, title="on: a triangle as wide as the step", formula=r"w = \max\left(1 - \frac{|t|}{s}, 0\right)",
                words="What Pillow does when it makes an image smaller.",
                switch={"torch": "antialias=True", "keras": "antialias=True", "tensorflow": "antialias=True"})),
    probe=Probe(compute="resized_linear", arguments={"x": [1.0, 0.0, 0.0, 4.0, 2.0, 5.0, 0.0, 1.0], "length": 2}),
    example="{x} becomes {0} or {1}.",
    consequence="A classifier sees other images than those it was trained on, which were made smaller by Pillow: its accuracy "
                "falls and no layer is wrong.",
    snippets=snippets("[1.0, 0, 0, 4, 2, 5, 0, 1]", 2, torch_mode=', mode="bilinear"', keras_mode=', interpolation="bilinear"',
                      tf_mode=', method="bilinear"', jax_mode=', "linear"', node=' <mode = "linear">'),
    sources=SOURCES)

CUBIC = AtlasRow(
    layer="resize_cubic", option="a", title="weights of bicubic resizing", group="convolution", leads=("C13",),
    question="Which cubic does bicubic resizing use, and what does it do at the border?",
    variants=(
        Variant(value="-0.75", title="a = -0.75, border repeated", formula=r"a = -\frac{3}{4}",
                config={"a": -0.75, "border": "repeat"}, words="The choice of OpenCV.",
                switch={"onnx": "cubic_coeff_a=-0.75, the default"}),
        Variant(value="-0.5", title="a = -0.5, border left out", formula=r"a = -\frac{1}{2}",
                config={"a": -0.5, "border": "renormalise"}, words="The choice of Keys 1981 and of Pillow; weights of missing "
                                                                   "pixels go to the others.",
                switch={"onnx": "cubic_coeff_a=-0.5, exclude_outside=1"})),
    probe=Probe(compute="resized_cubic", arguments={"x": [1.0, 0.0, 0.0, 4.0], "length": 8}),
    example="{x} resized to eight numbers begins with {0[0]} and {0[1]}, or with {1[0]} and {1[1]}.",
    consequence="Images and position embeddings that were enlarged in one framework differ in the second digit.",
    snippets=snippets("[1.0, 0, 0, 4]", 8, torch_mode=', mode="bicubic"', keras_mode=', interpolation="bicubic"',
                      tf_mode=', method="bicubic"', jax_mode=', "cubic"', node=' <mode = "cubic">'),
    sources=(*SOURCES, "https://doi.org/10.1109/TASSP.1981.1163711"))

SMALLER_CUBIC = AtlasRow(
    layer="resize_cubic_antialias", option="a", title="weights of bicubic resizing with antialias", group="convolution",
    leads=("C13",), question="Which cubic does bicubic resizing with antialias use, when an image is made smaller?",
    variants=(
        replace(CUBIC.variants[0], switch={"onnx": "cubic_coeff_a=-0.75, the default"}),
        replace(CUBIC.variants[1], switch={"onnx": "cubic_coeff_a=-0.5, exclude_outside=1", "torch": "antialias=True"})),
    probe=Probe(compute="resized_cubic", arguments={"x": [1.0, 0.0, 0.0, 4.0, 2.0, 5.0, 0.0, 1.0], "length": 4,
                                                    "antialias": True}),
    example="{x} resized to four numbers begins with {0[0]} or {1[0]}.",
    consequence="PyTorch has two cubics: mode='bicubic' is OpenCV's, and with antialias=True it is Pillow's. Position embeddings "
                "and images change by more than the antialiasing where the argument is added.",
    snippets=snippets("[1.0, 0, 0, 4, 2, 5, 0, 1]", 4, torch_mode=', mode="bicubic", antialias=True',
                      keras_mode=', interpolation="bicubic", antialias=True', tf_mode=', method="bicubic", antialias=True',
                      jax_mode=', "cubic", antialias=True', node=' <mode = "cubic", antialias = 1>'),
    sources=(*SOURCES, "https://doi.org/10.1109/TASSP.1981.1163711"))

CORNERS_OF_ONE = AtlasRow(
    layer="resize_align_corners", option="single", title="align_corners of a resizing to size one", group="convolution",
    leads=("C14",), question="Which pixel is left where align_corners resizes an image to a single one?",
    variants=(
        Variant(value="first", title="the first", formula=r"p = 0 \,", words="The step (n - 1) / (m - 1) is taken for zero.",
                switch={"torch": "align_corners=True"}),
        Variant(value="middle", title="the middle", formula=r"p = \frac{n - 1}{2}",
                words="What a resizing with half-pixel positions gives.",
                switch={"torch": "align_corners=False, the default"})),
    probe=Probe(compute="resized_to_one", arguments={"x": [1.0, 2.0, 5.0, 9.0]}), example="Of {x} remains {0} or {1}.",
    consequence="Position embeddings or pyramid levels of size one are a corner and no mean. Who writes the formula by hand "
                "divides by zero.",
    snippets={
        "torch": torch("x = torch.tensor([1.0, 2, 5, 9]).reshape(1, 1, 1, 4)",
                       'answer = F.interpolate(x, size=(1, 1), mode="bilinear", align_corners=True)'),
        "tensorflow": tensorflow("x = tf.reshape(tf.constant([1.0, 2, 5, 9]), (1, 1, 4, 1))",
                                 "answer = tf.compat.v1.image.resize(x, (1, 1), align_corners=True)"),
        **onnx('y = Resize <mode = "linear", coordinate_transformation_mode = "align_corners"> (x, , , n)', x="float[1,1,1,4]",
               n="int64[4]", output="float[1,1,1,1] y",
               feeds="x, n = np.float32([1, 2, 5, 9]).reshape(1, 1, 1, 4), np.array([1, 1, 1, 1])"),
    },
    absent={"keras": "Keras's resize has no align_corners", "jax": "jax.image.resize has no align_corners"}, sources=SOURCES)

OLD_GRID = AtlasRow(
    layer="resize_linear_old", option="grid", title="positions of bilinear resizing in old models", group="convolution",
    leads=("C14",),
    question="For which positions stand the pixels of a bilinear resizing in TensorFlow 1, and in ONNX before operator set 11?",
    variants=(GRID.variants[0],
              replace(GRID.variants[2], words="No half_pixel_centers: what models of TensorFlow 1 were trained with.")),
    probe=GRID.probe, example="{x} resized to four numbers becomes {0} or {1}.",
    consequence="A network that was trained with TensorFlow 1 and runs with tf.image.resize, or with PyTorch's interpolate, sees "
                "features that are shifted by a part of a pixel. half_pixel_centers=True is TensorFlow 2's grid.",
    snippets={
        "tensorflow": tensorflow("x = tf.reshape(tf.constant([0.0, 1]), (1, 1, 2, 1))",
                                 "answer = tf.compat.v1.image.resize(x, (1, 4))"),
        "onnxruntime": onnx('y = Resize <mode = "linear"> (x, s)', x="float[1,1,1,2]", s="float[4]", output="float[1,1,1,4] y",
                            feeds="x, s = np.float32([0, 1]).reshape(1, 1, 1, 2), np.float32([1, 1, 1, 2])",
                            opset=10)["onnxruntime"],
    },
    absent={"onnx": "the reference evaluator does not read the scales of a Resize before operator set 11",
            **everywhere("its default is another one; see resize_linear.grid", "torch", "keras", "jax")},
    sources=("https://www.tensorflow.org/api_docs/python/tf/compat/v1/image/resize", *SOURCES))

METHOD = AtlasRow(
    layer="resize", option="method", title="default method of resizing", group="convolution", leads=("C13b", "C14"),
    question="How does a resizing function fill in pixels when it is not told?",
    variants=(
        Variant(value="nearest", title="nearest pixel", formula=r"y_i = x_{j(i)}", words="Pixels are copied.",
                switch={"torch": "mode='nearest', the default", "keras": "interpolation='nearest'",
                        "tensorflow": "method='nearest'"}),
        Variant(value="linear", title="linear in between", formula=r"y_i = (1 - t) \, x_j + t \, x_{j + 1}",
                words="The two nearest pixels of each axis are mixed.",
                switch={"torch": "mode='bilinear'", "onnx": "mode=linear"})),
    probe=Probe(compute="resized", arguments={"x": [0.0, 1.0], "length": 4}),
    example="{x} resized to four numbers becomes {0} or {1}.",
    consequence="Two lines that read alike, resize(x, size), make blocks here and ramps there.",
    snippets=snippets("[0.0, 1]", 4, torch_mode="", keras_mode="", tf_mode="", jax_mode="", node=""),
    absent={"jax": "jax.image.resize wants the method to be said"}, sources=SOURCES)

UPSAMPLING = AtlasRow(
    layer="upsampling2d", option="method", title="default method of an upsampling layer", group="convolution", leads=("C13b",),
    question="How does an upsampling layer fill in pixels when it is not told?",
    variants=METHOD.variants, probe=METHOD.probe, example=METHOD.example,
    consequence="Keras has both defaults: its layer UpSampling2D copies pixels, its function ops.image.resize mixes them. A "
                "decoder written with the one and ported with the other differs everywhere.",
    snippets={
        "torch": torch("answer = torch.nn.Upsample(scale_factor=(1, 2))(torch.tensor([[[[0.0, 1]]]]))"),
        "keras": keras('y = keras.layers.UpSampling2D((1, 2))(np.array([[[[0], [1]]]], "float32"))'),
    },
    absent={"tensorflow": KERAS_ONLY, "jax": "Flax has no upsampling layer",
            "onnx": "the operator Upsample is gone since opset 10; see resize.method",
            "onnxruntime": "the operator Upsample is gone since opset 10; see resize.method"},
    sources=("https://keras.io/api/layers/reshaping_layers/up_sampling2d/",
             "https://docs.pytorch.org/docs/stable/generated/torch.nn.Upsample.html"))

ROWS = (NEAREST, GRID, ANTIALIAS, CUBIC, SMALLER_CUBIC, CORNERS_OF_ONE, OLD_GRID, METHOD, UPSAMPLING)
