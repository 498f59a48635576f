"""Packed sequences: torch.nn.utils.rnn puts the steps of all examples that are no padding one behind the other.

A layer that reads them is recorded as one that reads the padded tensor with the lengths of its examples; what packs and unpacks
moves numbers, and no more.
"""

from typing import Any

import torch
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from nnparity.oracles.models.op import Op


def pack(x: torch.Tensor, lengths: torch.Tensor, batch_first: bool) -> PackedSequence:
    return pack_padded_sequence(x, lengths, batch_first=batch_first, enforce_sorted=False)


def unpack(sequence: PackedSequence, batch_first: bool, like: torch.Tensor) -> torch.Tensor:
    """Zeros behind the end of each example, and as many steps as another tensor has."""
    return pad_packed_sequence(sequence, batch_first=batch_first, total_length=like.shape[int(batch_first)])[0]


def told(lengths: torch.Tensor, steps: int) -> tuple[tuple[bool, ...], ...] | None:
    """(batch, time): which steps are no padding; None where none is."""
    if int(lengths.min()) == steps:
        return None
    return tuple(tuple(t < int(n) for t in range(steps)) for n in lengths)


def of_packed(recorder: Any, module: Any, name: str, args, kwargs, out):
    """Records a recurrent layer's call on a packed sequence, and returns what it computes, packed."""
    sequence: PackedSequence = args[0]
    given = list(args[1:]) + list(kwargs.values())
    first = [t for part in given for t in (part if isinstance(part, tuple) else (part,)) if isinstance(t, torch.Tensor)]
    for t in (sequence.data, *first):
        if id(t) not in recorder.at:
            recorder.value(t)

    steps = recorder.steps.get(id(sequence.data))
    x, lengths = pad_packed_sequence(sequence, batch_first=module.batch_first, total_length=steps)
    recorder.record(Op(name=f"{name}.padded", title="pad_packed_sequence", kind="structural", settings={},
                       call=lambda ts: (pad_packed_sequence(sequence._replace(data=ts[0]), batch_first=module.batch_first,
                                                            total_length=steps)[0],)), [recorder.at[id(sequence.data)]], x)
    y, last = recorder.recurrent(module, name, x, first, out, lengths)

    def again(ts):
        return (pack(ts[0], lengths, module.batch_first).data,)
    data = again([y])[0]
    recorder.record(Op(name=f"{name}.packed", title="pack_padded_sequence", kind="structural", settings={}, call=again),
                    [recorder.at[id(y)]], data)
    return sequence._replace(data=data), last
