"""N01: the convolutional layer of document 000, first question. Several 2-D filters over several input channels, ReLU.

The document's backward pass puts ReLU' of the output in place of the upstream gradient (K01), correlates with the layer's
output instead of its input (K02), loops over the kernel instead of the output map (K03), adds the gradient to the weights
(K04) and pairs channel c with filter c mod F alone (K05). It has no bias, and its forward pass is not shown. Right is the
convolution of reference_impl/layers/convolution.py.
"""

from nnparity.cases.documents import of_document
from nnparity.cases.documents.network import Network, known
from nnparity.cases.layers.convolution import conv_case

ABOUT = of_document("N01", "document 000, first question")
SIZES = {"batch": 2, "channels": 4, "height": 9, "width": 7, "filters": 6, "kernel height": 5, "kernel width": 3}
LISTED = {"batch": 2, "channels": 5, "height": 12, "width": 11, "filters": 6, "kernel height": 3, "kernel width": 4}
DEEP = {"batch": 2, "channels": 8, "height": 10, "width": 12, "filters": 3, "kernel height": 4, "kernel width": 5}
SQUARE = dict.fromkeys(SIZES, 3) | {"height": 6, "width": 6}

# point -> (sizes, bias, exempt, what it catches)
POINTS = {
    "generic": (SIZES, True, "", "the upstream gradient replaced by ReLU' (K01), the kernel gradient taken with the output "
                "instead of the input (K02), loops over the kernel's extent (K03)"),
    "square": (SQUARE, True, "as many filters as channels: the document's pairing of one with the other is no shape error",
               "each filter paired with one input channel only, which needs as many filters as channels (K05)"),
    "nobias": (SIZES, False, "", "a bias where the document's layer has none"),
    "single": (SIZES | {"batch": 1}, True, "one image at a time, as in the document",
               "a batch axis that is taken for the channels, or summed away"),
    "listing-nobias": (LISTED, False, "", "the document's mistakes together, in sizes that its backward pass runs with: a map "
                "of at least 2k - 1 rows and columns, and no fewer filters than channels"),
    "deep": (DEEP, True, "", "more channels than filters: channel c paired with filter c mod F begins again at the first (K05)"),
}

CASES = tuple(
    conv_case(f"n01-cnn-{point}-{dtype}", "conv2d", {"activation": "relu"}, sizes, seed=240 + i, catches=catches, bias=bias,
              exempt=exempt, flags=("K01", "K02", "K03", "K05"), **ABOUT).astype(dtype)
    for dtype in ("float64", "float32") for i, (point, (sizes, bias, exempt, catches)) in enumerate(POINTS.items()))

NETWORK = Network(
    id="N01", title="Convolutional layer with ReLU", document="000, first question", mistakes=known(1, 5),
    built="One valid convolution: several square filters over the channels of an image, then ReLU, and its backward pass for "
          "a given upstream gradient.",
    asks="Does this backward pass give the gradients of the filters and of the input? No: it runs, and nothing that it "
         "returns is a gradient of the loss, since the loss's gradient is overwritten in its first line. With the upstream "
         "gradient multiplied by ReLU' of z, every filter's gradient is the correlation of that with the layer's input, "
         "channel by channel, and the input's is the sum over the filters of the full convolution with the kernels.",
    wrong={
        "K01": "The gradient that comes from the next layer is overwritten by ReLU' of the output: ones and zeros, whatever "
               "the loss is. The two have to be multiplied.",
        "K02": "The filters' gradient is collected from pieces of the layer's output. A filter was multiplied by the input, "
               "and so is its gradient. Pieces of the output are as large as the kernel only near the first corner: with "
               "loops of the right length the line could not run.",
        "K03": "The loops over positions end at the filter's height and width: of the output map only the first few rows and "
               "columns count.",
        "K04": "The filters are moved along the gradient, not against it: the loss would rise.",
        "K05": "One counter walks through the channels and, beginning again at the end, through the filters: channel c meets "
               "filter c mod F alone. Every filter has a map for every channel, so two loops stand one inside the other."},
    formulas=(r"z_{k,i,j} = b_k + \sum_c \sum_{u,v} K_{k,c,u,v}\, x_{c,i+u,j+v}, \quad y = \max(z, 0)",
              r"\delta_{k,i,j} = \frac{\partial L}{\partial y_{k,i,j}} \; [z_{k,i,j} > 0]",
              r"\frac{\partial L}{\partial K_{k,c,u,v}} = \sum_{i,j} \delta_{k,i,j}\, x_{c,i+u,j+v}",
              r"\frac{\partial L}{\partial x_{c,m,n}} = \sum_k \sum_{u,v} K_{k,c,u,v}\, \delta_{k,m-u,n-v}"))
