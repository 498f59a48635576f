"""The conventions of activation functions: options on which right implementations differ. hard_sigmoid's is in the atlas."""

from nnparity.cases.convention import Convention, Variant

SLOPE = Convention(
    layer="leaky_relu", option="slope", question="How steep is the negative side?",
    variants=tuple(Variant(value=value, title=f"leaky ReLU with slope {value:g}", formula=rf"\max({value:g} z, z)", words=words,
                           switch=switch) for value, words, switch in (
        (0.01, "The slope of the paper that introduced it.",
         {"torch": "torch.nn.LeakyReLU, no option", "keras": "negative_slope=0.01"}),
        (0.2, "Common in generators and discriminators.",
         {"torch": "negative_slope=0.2", "keras": "keras.activations.leaky_relu, no option"}),
        (0.3, "The default of one framework's layer.",
         {"torch": "negative_slope=0.3", "keras": "keras.layers.LeakyReLU, no option"}))),
    consequence="Units with negative pre-activations pass 1, 20 or 30 per cent of them: name the slope in a port.",
    sources=("https://ai.stanford.edu/~amaas/papers/relu_hybrid_icml2013_final.pdf",))

ALPHA = Convention(
    layer="elu", option="alpha", question="How far down does the negative side go?",
    variants=(Variant(value=1.0, title="ELU with alpha 1", formula=r"e^z - 1 \;\; (z < 0)",
                      words="The negative side tends to -1: alpha left at its default.",
                      switch={"torch": "torch.nn.ELU, no option", "keras": "keras.activations.elu, no option"}),),
    consequence="With alpha left out the curve is smooth at 0 and another one below it.", sources=("https://arxiv.org/abs/1511.07289",))

THRESHOLD = Convention(
    layer="softplus", option="threshold", question="Is softplus cut off to the identity for large arguments?",
    variants=(
        Variant(value=float("inf"), title="softplus without a threshold", formula=r"\log(1 + e^z)",
                words="The formula everywhere.",
                switch={"keras": "keras.activations.softplus, no option"}),
        Variant(value=20.0, title="softplus with threshold 20", formula=r"z \;\; (z > 20)",
                words="Beyond 20 the identity: the difference is 2e-9 there.", switch={"torch": "torch.nn.Softplus, no option"})),
    consequence="Invisible in single precision; a comparison in double precision shows it.")

AXIS = Convention(
    layer="softmax", option="axis", question="Along which axis do the outputs sum to one?",
    variants=(
        Variant(value=-1, title="softmax along the last axis", formula=r"\sum_j y_{nj} = 1",
                words="Over the classes of an example.",
                switch={"torch": "dim=-1", "keras": "axis=-1, the default"}),
        Variant(value=-2, title="softmax along the axis before the last", formula=r"\sum_n y_{nj} = 1",
                words="Over the examples where there are two axes, over the time steps where there are three.",
                switch={"torch": "dim=-2", "keras": "axis=-2"})),
    consequence="The outputs of one example no longer sum to one. In code for column vectors the first axis holds the classes: "
                "axis=0 there is the last axis here.")

BETA = Convention(
    layer="sigmoid", option="beta", question="Does the sigmoid have a slope of its own?",
    variants=(Variant(value=1.0, title="sigmoid with slope 1", formula=r"\frac{1}{1 + e^{-z}}",
                      words="The plain logistic function.",
                      switch={"torch": "torch.sigmoid", "keras": "keras.activations.sigmoid"}),),
    consequence="A slope beta is the same as weights and biases times beta; left out, every unit is too flat.")

BIAS = Convention(
    layer="dense", option="bias", question="Where in the kernel is the bias?",
    variants=(
        Variant(value="kernel_first_row", title="bias in the first row of the kernel", formula=r"[1, x] K",
                words="A constant is put in front of the input. With column vectors it is the first column of the weights."),
        Variant(value="kernel_last_row", title="bias in the last row of the kernel", formula=r"[x, 1] K",
                words="A constant is put behind the input. With column vectors it is the last column of the weights.")),
    consequence="The weights of one input are taken for the bias; shapes never show it.")

BIAS_INPUT = Convention(
    layer="dense", option="bias_input", question="Which constant is the input of the bias weights?",
    variants=(
        Variant(value=1.0, title="bias input 1", formula=r"[x, 1] K", words="The bias is added."),
        Variant(value=-1.0, title="bias input -1", formula=r"[x, -1] K", words="The bias is a threshold: it is subtracted.")),
    consequence="Trained from scratch it does not matter. With weights from elsewhere every bias has the wrong sign.")

CONVENTIONS = (SLOPE, ALPHA, THRESHOLD, AXIS, BETA, BIAS, BIAS_INPUT)
