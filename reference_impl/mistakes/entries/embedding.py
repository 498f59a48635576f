"""What goes wrong in embeddings. Each entry changes a line of reference_impl/layers/embedding.py."""

from nnparity.reference_impl.mistakes.mistake import Mistake


def _mistake(part, id, title, right, wrong, symptom, fix, correct, mistaken, **about):
    return Mistake(id=f"embedding-{id}", area="embedding", module="layers.embedding", kinds=("embedding",), part=part, title=title,
                   right=right, wrong=wrong, symptom=symptom, fix=fix, correct=correct, mistaken=mistaken,
                   **{"case": "embedding-alone-float64", **about})


TOKENS = "tokens = x.reshape("
TAKEN = "y = np.take_along_axis(E, tokens[..., None], axis=-2).reshape(*x.shape, features)"
ADDED = 'np.add.at(dE, x, cotangents["y"])'

GRADIENT = r"\frac{\partial L}{\partial E_t} = \sum_{x_p = t} \frac{\partial L}{\partial y_p}"

MISTAKES = (
    _mistake("forward", "counted-from-one", "tokens counted from one: row t - 1 taken for token t", TOKENS,
             "x = (x - 1) % vocabulary; tokens = x.reshape(", "Every token gets its neighbour's row.",
             "Token t is row t, counted from zero.", r"y_p = E_{x_p} \,", r"y_p = E_{x_p \, - 1}"),
    _mistake("forward", "shifted-up", "row t + 1 taken for token t", TOKENS, "x = (x + 1) % vocabulary; tokens = x.reshape(",
             "Every token gets its neighbour's row: row 0 was reserved for padding on one side only.",
             "Token t is row t, counted from zero.", r"y_p = E_{x_p} \,", r"y_p = E_{x_p \, + 1}"),
    _mistake("forward", "scaled", "output multiplied by the square root of its width", TAKEN, TAKEN + " * np.sqrt(features)",
             "A transformer's embedding carries this factor; the layer alone does not.", "Take the row as it is.", r"y_p = E_{x_p} \,",
             r"y = \sqrt{F} E_{x}", also=((ADDED, 'np.add.at(dE, x, cotangents["y"] * np.sqrt(features))'),)),
    _mistake("forward", "padding-token", "token 0 gives zeros (padding)", TAKEN, TAKEN + " * (x != 0)[..., None]",
             "Right for sequences without token 0.", "Only with a padding index: padding_idx=0 in PyTorch sets the row to zero.",
             r"y_p = E_{x_p} \,", r"y = \left[x \ne 0\right] E_{x}",
             also=((ADDED, 'np.add.at(dE, x, cotangents["y"] * (x != 0)[..., None])'),)),
    _mistake("backward", "overwritten", "gradient of repeated tokens overwritten instead of added", ADDED,
             'dE[x] = cotangents["y"]', "Right as long as every token occurs once; dE[x] += dy has the same fault in NumPy.",
             "np.add.at(dE, x, dy), or a product with the one-hot matrix.", GRADIENT,
             GRADIENT.replace(r"\sum_{x_p = t}", r"\text{last}_{x_p = t}")),
    _mistake("backward", "first-kept", "gradient of repeated tokens: the first place only", ADDED,
             'dE[x.ravel()[::-1]] = cotangents["y"].reshape(-1, features)[::-1]', "Right as long as every token occurs once.",
             "Add the gradients of all places.", GRADIENT, GRADIENT.replace(r"\sum_{x_p = t}", r"\text{first}_{x_p = t}")),
    _mistake("backward", "averaged-over-places", "gradient of repeated tokens averaged instead of added", ADDED,
             ADDED + "\n        dE /= np.maximum(np.bincount(x.ravel(), minlength=vocabulary), 1)[:, None]",
             "Frequent tokens learn too slowly; some optimizers for sparse gradients do this.", "Add the gradients of all places.",
             GRADIENT, GRADIENT.replace(r"\sum", r"\frac{1}{n_t} \sum")),
    _mistake("backward", "padding-gradient", "token 0 gets no gradient", ADDED, ADDED + "\n        dE[0] = 0",
             "The row of token 0 never learns.", "Only with a padding index: padding_idx=0 in PyTorch.", GRADIENT,
             r"\frac{\partial L}{\partial E_0} = 0"),
    _mistake("backward", "last-example", "table's gradient of the last example only", ADDED, 'np.add.at(dE, x[-1], cotangents["y"][-1])',
             "Right for a batch of one.", "Add over the batch.", GRADIENT, GRADIENT.replace("x_p = t", "x_{Bp} = t")),
    _mistake("backward", "order-exchanged", "tokens read time first, gradients batch first", ADDED,
             'np.add.at(dE, x.T.ravel(), cotangents["y"].reshape(-1, features))', "Rows get other tokens' gradients.",
             "Flatten both in the same order.", GRADIENT, GRADIENT.replace("x_p = t", r"x_{\pi(p)} = t")),
)
