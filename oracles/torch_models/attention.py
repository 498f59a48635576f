"""torch.nn.MultiheadAttention as the calls that it is: three linear layers, the attention of each head, a linear layer."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from nnparity.oracles.models.layouts import of
from nnparity.oracles.models.op import Op, Said
from nnparity.oracles.tensors import as_numpy

NAMES = ("query", "key", "value", "key_padding_mask", "need_weights", "attn_mask", "average_attn_weights", "is_causal")


def linear(recorder, name: str, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
    """One dense call whose weights are a part of a larger tensor: they share its memory, so that new ones arrive there."""
    own = {"weight": weight.detach().requires_grad_()} | ({} if bias is None else {"bias": bias.detach().requires_grad_()})
    number = len(recorder.trace.ops)

    def call(ts):
        return (F.linear(ts[0], own["weight"], own.get("bias")),)
    y = recorder.replace[number]([x]) if number in recorder.replace else call([x])[0]
    recorder.record(Op(name=name, title="Linear", kind="dense", settings={}, call=call, weights=own, layout=of("torch", "dense")),
                    [recorder.at[id(x)]], y)
    return y


def parted(recorder, module: nn.Linear, name: str, x: torch.Tensor, columns: Sequence[int]) -> torch.Tensor:
    """One layer as several that stand side by side, so many columns each."""
    ends = [sum(columns[:k + 1]) for k in range(len(columns))]
    ys = [linear(recorder, f"{name}[{end - n}:{end}]", x, module.weight[end - n:end],
                 None if module.bias is None else module.bias[end - n:end]) for n, end in zip(columns, ends)]
    return moved(recorder, f"{name}.joined", ys, lambda ts: (torch.cat(list(ts), -1),))


def moved(recorder, name: str, xs, call) -> torch.Tensor:
    """Numbers put elsewhere."""
    y = call(xs)[0]
    recorder.record(Op(name=name, title=name, kind="structural", settings={}, call=call), [recorder.at[id(x)] for x in xs], y)
    return y


def readable(module: nn.MultiheadAttention, args, kwargs) -> bool:
    """With one width for queries, keys and values."""
    query = (dict(zip(NAMES, args)) | kwargs)["query"]
    return module._qkv_same_embed_dim and module.bias_k is None and not module.add_zero_attn and query.ndim == 3


def hidden(mask: torch.Tensor | None, dtype: torch.dtype) -> torch.Tensor | None:
    """What is added to the scores: -inf where a mask of truth values hides."""
    if mask is None or mask.dtype != torch.bool:
        return mask
    return torch.zeros(mask.shape, dtype=dtype).masked_fill(mask, float("-inf"))


def added(module: nn.MultiheadAttention, given, batch: int) -> torch.Tensor | None:
    """Both masks as one of (batch or 1, heads or 1, queries or 1, keys); None where nothing but what comes later is hidden."""
    mask, padding = given.get("attn_mask"), given.get("key_padding_mask")
    if padding is None and (mask is None or causal(mask)):
        return None
    dtype = module.out_proj.weight.dtype
    mask, padding = hidden(mask, dtype), hidden(padding, dtype)
    mask = None if mask is None else mask.reshape(batch if mask.ndim == 3 else 1, -1, *mask.shape[-2:])
    padding = None if padding is None else padding[:, None, None]
    return padding if mask is None else mask if padding is None else mask + padding


def said(recorder, given, heads: Sequence[int]) -> Said:
    """The attention with what hides scores: values of the trace, or arrays."""
    masks, told = [], []
    for key, place in (("attn_mask", "scores"), ("key_padding_mask", "keys")):
        if (mask := given.get(key)) is not None:
            masks.append(recorder.at[id(mask)] if id(mask) in recorder.at else as_numpy(mask).copy())
            told.append((place, "hides" if mask.dtype == torch.bool else "added"))
    return Said("attention", {"scale": None, "hidden": -np.inf, "masks": tuple(told)}, (*heads, *masks))


def causal(mask: torch.Tensor) -> bool:
    """Nothing but what comes later is hidden."""
    hidden = mask if mask.dtype == torch.bool else mask == float("-inf")
    if mask.dtype != torch.bool and not bool(torch.all(mask[~hidden] == 0)):
        return False
    return bool(torch.equal(hidden, torch.ones_like(hidden).triu(1)))


def multi_head(recorder, module: nn.MultiheadAttention, name: str, args, kwargs):
    """softmax(q kᵀ / √d) v of every head between linear layers. Returns the output and no weights of attention."""
    names = NAMES[:3]
    given = dict(zip(NAMES, args)) | kwargs
    E, H = module.embed_dim, module.num_heads
    bias = module.in_proj_bias
    turned = not module.batch_first
    heads = []
    for k, part in enumerate(names):
        projected = linear(recorder, f"{name}.{part}", given[part], module.in_proj_weight[k * E:(k + 1) * E],
                           None if bias is None else bias[k * E:(k + 1) * E])

        def apart(ts):
            x = ts[0].transpose(0, 1) if turned else ts[0]
            return (x.reshape(x.shape[0], x.shape[1], H, E // H).transpose(1, 2),)
        heads.append(moved(recorder, f"{name}.{part}.heads", [projected], apart))
    mask = added(module, given, len(heads[0]))
    settings = {"causal": given.get("attn_mask") is not None, "scale": None}
    settings |= {"dropout": module.dropout} if module.training and module.dropout else {}  # what is drawn is left out

    def mixing(ts):
        if mask is not None:
            return (F.scaled_dot_product_attention(*ts, attn_mask=mask),)
        return (F.scaled_dot_product_attention(*ts, is_causal=settings["causal"]),)
    number = len(recorder.trace.ops)
    mixed = recorder.replace[number](heads) if number in recorder.replace else mixing(heads)[0]
    kind, told = ("attention", settings) if mask is None else ("code", {})
    drops = module.training and module.dropout
    known = None if mask is None or drops else said(recorder, given, [recorder.at[id(h)] for h in heads])
    recorder.record(Op(name=f"{name}.attention", title="attention", kind=kind, settings=told, call=mixing, said=known),
                    [recorder.at[id(h)] for h in heads], mixed)

    def joined(ts):
        x = ts[0].transpose(1, 2).reshape(ts[0].shape[0], ts[0].shape[2], E)
        return (x.transpose(0, 1) if turned else x,)
    together = moved(recorder, f"{name}.joined", [mixed], joined)
    return linear(recorder, f"{name}.out_proj", together, module.out_proj.weight, module.out_proj.bias), None

