"""Networks with parameters that are no layer's, as people write them: a table of positions, a class token, a scale of a block,
and layers that are written out (x @ W + b, RMSNorm, the LayerNorm of a tutorial). The same network by name in each framework."""

import numpy as np

RNG = np.random.default_rng(0)
SEQUENCE, IMAGE, IDS = (3, 7, 6), (2, 3, 8, 8), (3, 5)
INPUTS = {"position": SEQUENCE, "scale": SEQUENCE, "rows": (5, 6), "rms": SEQUENCE, "layer norm": SEQUENCE, "vit": IMAGE}


def given(name: str) -> np.ndarray:
    """Images with their channels first."""
    return RNG.integers(0, 9, IDS) if name == "words" else RNG.normal(size=INPUTS[name])


def torch_models() -> dict:
    """name -> {way of writing it -> what builds it}"""
    import torch
    from torch import nn
    from torch.nn import functional as F

    class Linear(nn.Module):
        def __init__(self, n, m):
            super().__init__()
            self.weight, self.bias = nn.Parameter(torch.randn(n, m)), nn.Parameter(torch.zeros(m))

        def forward(self, x):
            return x @ self.weight + self.bias

    class Rows(nn.Module):
        def __init__(self, layer):
            super().__init__()
            self.a, self.b, self.c = layer(6, 8), layer(8, 8), layer(8, 3)

        def forward(self, x):
            return self.c(torch.relu(self.b(torch.tanh(self.a(x)))))

    class RMSNorm(nn.Module):
        def __init__(self, dim, eps=1e-6, outside=False):
            super().__init__()
            self.eps, self.outside, self.weight = eps, outside, nn.Parameter(torch.ones(dim))

        def forward(self, x):
            if self.outside:
                return x / (x.pow(2).mean(-1, keepdim=True).sqrt() + self.eps) * self.weight
            return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps) * self.weight

    class LayerNorm(nn.Module):
        """That of "The annotated transformer"."""

        def __init__(self, dim, eps=1e-6):
            super().__init__()
            self.a_2, self.b_2, self.eps = nn.Parameter(torch.ones(dim)), nn.Parameter(torch.zeros(dim)), eps

        def forward(self, x):
            mean, std = x.mean(-1, keepdim=True), x.std(-1, keepdim=True)
            return self.a_2 * (x - mean) / (std + self.eps) + self.b_2

    class Functional(nn.Module):
        """That of nanoGPT."""

        def __init__(self, dim, eps=1e-6):
            super().__init__()
            self.weight, self.bias, self.eps = nn.Parameter(torch.ones(dim)), nn.Parameter(torch.zeros(dim)), eps

        def forward(self, x):
            return F.layer_norm(x, self.weight.shape, self.weight, self.bias, self.eps)

    class Block(nn.Module):
        def __init__(self, norm, **options):
            super().__init__()
            self.n1, self.n2 = norm(6, **options), norm(6, **options)
            self.l, self.o = nn.Linear(6, 6), nn.Linear(6, 4)

        def forward(self, x):
            x = x + self.l(self.n1(x))
            return self.o(self.n2(x))

    class Position(nn.Module):
        def __init__(self):
            super().__init__()
            self.pos, self.d, self.o = nn.Parameter(torch.randn(1, 7, 6)), nn.Linear(6, 6), nn.Linear(6, 4)

        def forward(self, x):
            return self.o(self.d(x) + self.pos)

    class Scale(nn.Module):
        def __init__(self):
            super().__init__()
            self.gamma, self.a, self.b = nn.Parameter(torch.rand(6)), nn.Linear(6, 6), nn.Linear(6, 6)

        def forward(self, x):
            return x + self.gamma * torch.relu(self.b(self.a(x)))

    class ViT(nn.Module):
        def __init__(self, last=False, before=False):
            super().__init__()
            self.patch, self.norm, self.head = nn.Conv2d(3, 8, 4, 4), nn.LayerNorm(8), nn.Linear(8, 5)
            self.cls_token, self.before, self.last = nn.Parameter(torch.randn(1, 1, 8)), before, last
            self.pos_embed = nn.Parameter(torch.randn(1, 4 if before else 5, 8))

        def forward(self, x):
            x = self.patch(x).flatten(2).transpose(1, 2)
            token = self.cls_token.expand(x.shape[0], -1, -1)
            x = x + self.pos_embed if self.before else x
            x = torch.cat([x, token] if self.last else [token, x], 1)
            x = x if self.before else x + self.pos_embed
            return self.head(self.norm(x)[:, 0])

    class Words(nn.Module):
        def __init__(self, table):
            super().__init__()
            self.tok, self.pos = nn.Embedding(9, 6), nn.Embedding(8, 6) if table else nn.Parameter(torch.randn(8, 6))
            self.table, self.ln, self.bias = table, nn.LayerNorm(6), nn.Parameter(torch.randn(9))

        def forward(self, ids):
            n = ids.shape[1]
            x = self.ln(self.tok(ids) + (self.pos(torch.arange(n)) if self.table else self.pos[:n]))
            return F.linear(x, self.tok.weight, self.bias) if self.table else x @ self.tok.weight.T + self.bias

    return {
        "rows": {"layer": lambda: Rows(nn.Linear), "written out": lambda: Rows(Linear)},
        "rms": {"layer": lambda eps=1e-6: Block(nn.RMSNorm, eps=eps), "written out": lambda **given: Block(RMSNorm, **given)},
        "layer norm": {"layer": lambda eps=1e-6: Block(nn.LayerNorm, eps=eps), "functional": lambda: Block(Functional),
                       "written out": lambda: Block(LayerNorm)},
        "position": {"parameter": Position}, "scale": {"parameter": Scale}, "vit": {"parameter": ViT},
        "words": {"parameter": lambda: Words(False), "layer": lambda: Words(True)},
    }


def keras_models() -> dict:
    import keras
    from keras import layers, ops

    class Linear(layers.Layer):
        """That of Keras's guide to layers of one's own."""

        def __init__(self, units, **options):
            super().__init__(**options)
            self.units = units

        def build(self, shape):
            self.w = self.add_weight(shape=(shape[-1], self.units), initializer="random_normal", name="w")
            self.b = self.add_weight(shape=(self.units,), initializer="zeros", name="b")

        def call(self, x):
            return ops.matmul(x, self.w) + self.b

    class RMSNorm(layers.Layer):
        def build(self, shape):
            self.scale = self.add_weight(shape=(shape[-1],), initializer="ones", name="scale")

        def call(self, x):
            return x * ops.rsqrt(ops.mean(ops.square(x), axis=-1, keepdims=True) + 1e-6) * self.scale

    class Gamma(layers.Layer):
        def build(self, shape):
            self.gamma = self.add_weight(shape=(shape[-1],), initializer="random_normal", name="gamma")

        def call(self, x):
            return x * self.gamma

    class Token(layers.Layer):
        def build(self, shape):
            self.cls = self.add_weight(shape=(1, 1, shape[-1]), initializer="random_normal", name="cls")

        def call(self, x):
            return ops.concatenate([ops.broadcast_to(self.cls, (ops.shape(x)[0], 1, x.shape[-1])), x], axis=1)

    class AddPosition(layers.Layer):
        def build(self, shape):
            self.pos = self.add_weight(shape=(1, *shape[1:]), initializer="random_normal", name="pos")

        def call(self, x):
            return x + self.pos

    class Position(keras.Model):
        def __init__(self):
            super().__init__()
            self.d, self.o = layers.Dense(6), layers.Dense(4)
            self.pos = self.add_weight(shape=(7, 6), initializer="random_normal", name="pos")

        def call(self, x):
            return self.o(self.d(x) + self.pos)

    def rows(layer):
        x = inputs = keras.Input((6,))
        x = ops.relu(layer(8)(ops.tanh(layer(8)(x))))
        return keras.Model(inputs, layer(3)(x))

    def block(norm):
        inputs = keras.Input((7, 6))
        x = inputs + layers.Dense(6)(norm()(inputs))
        return keras.Model(inputs, layers.Dense(4)(norm()(x)))

    def scale():
        inputs = keras.Input((7, 6))
        return keras.Model(inputs, inputs + Gamma()(layers.Dense(6, activation="relu")(layers.Dense(6)(inputs))))

    def vit(epsilon=1e-5):
        inputs = keras.Input((8, 8, 3))
        x = layers.Reshape((4, 8))(layers.Conv2D(8, 4, 4)(inputs))
        x = layers.LayerNormalization(epsilon=epsilon)(AddPosition()(Token()(x)))
        return keras.Model(inputs, layers.Dense(5)(x[:, 0]))

    return {
        "rows": {"layer": lambda: rows(layers.Dense), "written out": lambda: rows(Linear)},
        "rms": {"layer": lambda: block(lambda: layers.RMSNormalization(epsilon=1e-6)), "written out": lambda: block(RMSNorm)},
        "position": {"parameter": Position}, "scale": {"parameter": scale}, "vit": {"parameter": vit},
    }


def flax_models() -> dict:
    import jax
    import jax.numpy as jnp
    from flax import nnx

    def drawn(*shape):
        return nnx.Param(jax.random.normal(jax.random.key(3), shape))

    class Linear(nnx.Module):
        def __init__(self, n, m, rngs):
            del rngs
            self.w, self.b = drawn(n, m), nnx.Param(jnp.zeros(m))

        def __call__(self, x):
            return x @ self.w + self.b

    class RMSNorm(nnx.Module):
        def __init__(self, dim, rngs):
            del rngs
            self.scale = drawn(dim)

        def __call__(self, x):
            return x * jax.lax.rsqrt(jnp.mean(x**2, -1, keepdims=True) + 1e-6) * self.scale

    class Rows(nnx.Module):
        def __init__(self, layer, rngs):
            self.a, self.b, self.c = layer(6, 8, rngs=rngs), layer(8, 8, rngs=rngs), layer(8, 3, rngs=rngs)

        def __call__(self, x):
            return self.c(jax.nn.relu(self.b(jnp.tanh(self.a(x)))))

    class Block(nnx.Module):
        def __init__(self, norm, rngs):
            self.n1, self.n2 = norm(6, rngs=rngs), norm(6, rngs=rngs)
            self.l, self.o = nnx.Linear(6, 6, rngs=rngs), nnx.Linear(6, 4, rngs=rngs)

        def __call__(self, x):
            x = x + self.l(self.n1(x))
            return self.o(self.n2(x))

    class Position(nnx.Module):
        def __init__(self, rngs):
            self.pos, self.d, self.o = drawn(7, 6), nnx.Linear(6, 6, rngs=rngs), nnx.Linear(6, 4, rngs=rngs)

        def __call__(self, x):
            return self.o(self.d(x) + self.pos)

    class Scale(nnx.Module):
        def __init__(self, rngs):
            self.gamma, self.a, self.b = drawn(6), nnx.Linear(6, 6, rngs=rngs), nnx.Linear(6, 6, rngs=rngs)

        def __call__(self, x):
            return x + self.gamma * jax.nn.relu(self.b(self.a(x)))

    class ViT(nnx.Module):
        def __init__(self, rngs):
            self.patch = nnx.Conv(3, 8, (4, 4), strides=4, padding="VALID", rngs=rngs)
            self.cls, self.pos = drawn(1, 1, 8), drawn(1, 5, 8)
            self.norm, self.head = nnx.LayerNorm(8, epsilon=1e-5, rngs=rngs), nnx.Linear(8, 5, rngs=rngs)

        def __call__(self, x):
            x = self.patch(x).reshape(x.shape[0], -1, 8)
            token = jnp.broadcast_to(self.cls[...], (x.shape[0], 1, 8))
            return self.head(self.norm(jnp.concatenate([token, x], 1) + self.pos)[:, 0])

    def norm(dim, rngs):
        return nnx.RMSNorm(dim, epsilon=1e-6, rngs=rngs)

    def made(cls, *given):
        return lambda: cls(*given, rngs=nnx.Rngs(0))
    return {
        "rows": {"layer": made(Rows, nnx.Linear), "written out": made(Rows, Linear)},
        "rms": {"layer": made(Block, norm), "written out": made(Block, RMSNorm)},
        "position": {"parameter": made(Position)}, "scale": {"parameter": made(Scale)}, "vit": {"parameter": made(ViT)},
    }


MODELS = {"torch": torch_models, "keras": keras_models, "flax": flax_models}
WAYS = {"rows": ("layer", "written out"), "rms": ("layer", "written out"), "position": ("parameter",), "scale": ("parameter",),
        "vit": ("parameter",)}
OF_TORCH = {"layer norm": ("layer", "functional"), "words": ("parameter", "layer")}


def built(framework: str, name: str, way: str, seed: int = 0, **options):
    """A model with drawn weights, so that a scale of ones hides nothing; two of one seed hold the same."""
    if framework == "keras":
        import keras
        keras.utils.set_random_seed(0)
        keras.utils.clear_session()  # names begin anew
    model = MODELS[framework]()[name][way](**options)
    rng = np.random.default_rng(seed)
    if framework == "torch":
        import torch
        with torch.no_grad():
            for p in model.parameters():
                p.copy_(torch.tensor(rng.normal(size=p.shape)))
    elif framework == "keras":
        if not model.built:
            model(np.zeros(SEQUENCE, np.float32))
        for w in model.trainable_variables:
            w.assign(rng.normal(size=w.shape))
    else:
        from flax import nnx
        for _, v in nnx.iter_graph(model):
            if isinstance(v, nnx.Param):
                v[...] = rng.normal(size=v.shape).astype(np.float32)
    return model
