"""What goes wrong in embeddings. Each entry changes a line of reference_impl/layers/embedding.py."""

from functools import partial

from nnparity.reference_impl.mistakes.edit import Line
from nnparity.reference_impl.mistakes.mistake import Mistake


def entry(*, id, case="embedding-alone-float64", **fields):
    return Mistake(id=f"embedding-{id}", area="embedding", module="layers.embedding", kinds=("embedding",), case=case, **fields)


forward, backward = partial(entry, part="forward"), partial(entry, part="backward")

TOKENS = Line("embedding", "tokens = x.reshape(")
TAKEN = Line("embedding", "y = np.take_along_axis(E, tokens[..., None], axis=-2).reshape(*x.shape, features)")
ADDED = Line("embedding.vjp", 'np.add.at(dE, x, cotangents["y"])')

GRADIENT = r"\frac{\partial L}{\partial E_t} = \sum_{x_p = t} \frac{\partial L}{\partial y_p}"

MISTAKES = (
    forward(id="counted-from-one", title="tokens counted from one: row t - 1 taken for token t",
            edit=TOKENS.becomes("x = (x - 1) % vocabulary; tokens = x.reshape("),
            symptom="Every token gets its neighbour's row.",
            fix="Token t is row t, counted from zero.",
            correct=r"y_p = E_{x_p} \,", mistaken=r"y_p = E_{x_p \, - 1}"),
    forward(id="shifted-up", title="row t + 1 taken for token t",
            edit=TOKENS.becomes("x = (x + 1) % vocabulary; tokens = x.reshape("),
            symptom="Every token gets its neighbour's row: row 0 was reserved for padding on one side only.",
            fix="Token t is row t, counted from zero.",
            correct=r"y_p = E_{x_p} \,", mistaken=r"y_p = E_{x_p \, + 1}"),
    forward(id="scaled", title="output multiplied by the square root of its width",
            edit=TAKEN.becomes(TAKEN.text + " * np.sqrt(features)"),
            also=(ADDED.becomes('np.add.at(dE, x, cotangents["y"] * np.sqrt(features))'),),
            symptom="A transformer's embedding carries this factor; the layer alone does not.",
            fix="Take the row as it is.",
            correct=r"y_p = E_{x_p} \,", mistaken=r"y = \sqrt{F} E_{x}"),
    forward(id="padding-token", title="token 0 gives zeros (padding)",
            edit=TAKEN.becomes(TAKEN.text + " * (x != 0)[..., None]"),
            also=(ADDED.becomes('np.add.at(dE, x, cotangents["y"] * (x != 0)[..., None])'),),
            symptom="Right for sequences without token 0.",
            fix="Only with a padding index: padding_idx=0 in PyTorch sets the row to zero.",
            correct=r"y_p = E_{x_p} \,", mistaken=r"y = \left[x \ne 0\right] E_{x}"),
    backward(id="overwritten", title="gradient of repeated tokens overwritten instead of added",
             edit=ADDED.becomes('dE[x] = cotangents["y"]'),
             symptom="Right as long as every token occurs once; dE[x] += dy has the same fault in NumPy.",
             fix="np.add.at(dE, x, dy), or a product with the one-hot matrix.",
             correct=GRADIENT, mistaken=GRADIENT.replace(r"\sum_{x_p = t}", r"\text{last}_{x_p = t}")),
    backward(id="first-kept", title="gradient of repeated tokens: the first place only",
             edit=ADDED.becomes('dE[x.ravel()[::-1]] = cotangents["y"].reshape(-1, features)[::-1]'),
             symptom="Right as long as every token occurs once.",
             fix="Add the gradients of all places.",
             correct=GRADIENT, mistaken=GRADIENT.replace(r"\sum_{x_p = t}", r"\text{first}_{x_p = t}")),
    backward(id="averaged-over-places", title="gradient of repeated tokens averaged instead of added",
             edit=ADDED.becomes(f"{ADDED.text}\n"
                                "        dE /= np.maximum(np.bincount(x.ravel(), minlength=vocabulary), 1)[:, None]"),
             symptom="Frequent tokens learn too slowly; some optimizers for sparse gradients do this.",
             fix="Add the gradients of all places.",
             correct=GRADIENT, mistaken=GRADIENT.replace(r"\sum", r"\frac{1}{n_t} \sum")),
    backward(id="not-scattered", title="upstream gradient returned as it came, not added to the rows of its tokens",
             edit=ADDED.becomes('dE = cotangents["y"].copy()'),
             symptom="It has the shape of the outputs, not of the table.",
             fix="Zeros in the shape of the table, then np.add.at(dE, x, dy).",
             correct=GRADIENT, mistaken=r"\frac{\partial L}{\partial E} = \frac{\partial L}{\partial y}"),
    backward(id="gathered", title="upstream gradient gathered by the tokens, where it should be scattered to them",
             edit=ADDED.becomes('dE[:] = cotangents["y"].reshape(-1, features)'
                                "[x.ravel()[np.arange(vocabulary) % x.size] % x.size]"),
             symptom="The lookup of the way forward done again with the gradient.",
             fix="dE[t] adds up dy over all places where x is t: np.add.at(dE, x, dy).",
             correct=GRADIENT, mistaken=r"\frac{\partial L}{\partial E_t} = \frac{\partial L}{\partial y_{x_t}}"),
    backward(id="padding-gradient", title="token 0 gets no gradient",
             edit=ADDED.becomes(ADDED.text + "\n        dE[0] = 0"),
             symptom="The row of token 0 never learns.",
             fix="Only with a padding index: padding_idx=0 in PyTorch.",
             correct=GRADIENT, mistaken=r"\frac{\partial L}{\partial E_0} = 0"),
    backward(id="last-example", title="table's gradient of the last example only",
             edit=ADDED.becomes('np.add.at(dE, x[-1], cotangents["y"][-1])'),
             symptom="Right for a batch of one.",
             fix="Add over the batch.",
             correct=GRADIENT, mistaken=GRADIENT.replace("x_p = t", "x_{Bp} = t")),
    backward(id="order-exchanged", title="tokens read time first, gradients batch first",
             edit=ADDED.becomes('np.add.at(dE, x.T.ravel(), cotangents["y"].reshape(-1, features))'),
             symptom="Rows get other tokens' gradients.",
             fix="Flatten both in the same order.",
             correct=GRADIENT, mistaken=GRADIENT.replace("x_p = t", r"x_{\pi(p)} = t")),
)
