"""Masks of Keras: which steps are padding. They travel beside the tensors, from an Embedding or Masking to what reads them."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf


def of(x: Any, kwargs: Any) -> Any:
    """The mask (batch, time) that a layer is given with its first input; None where it hides nothing."""
    mask = kwargs.get("mask")
    mask = getattr(x, "_keras_mask", None) if mask is None else mask
    if isinstance(mask, (list, tuple)):
        mask = mask[0]
    return None if mask is None or bool(tf.reduce_all(tf.cast(mask, bool))) else tf.cast(mask, bool)


def told(mask: Any) -> tuple[tuple[bool, ...], ...]:
    return tuple(tuple(bool(seen) for seen in row) for row in np.asarray(mask))


def handed_on(la: Any, given: Any, out: Any) -> None:
    """The outputs with the mask that the layer computes for them, as its own __call__ leaves it."""
    before = keras.tree.map_structure(lambda t: getattr(t, "_keras_mask", None), given)
    if not getattr(la, "supports_masking", False):
        return
    found = la.compute_mask(given, before)
    outputs, computed = keras.tree.flatten(out), keras.tree.flatten(found) if found is not None else []
    for t, mask in zip(outputs, computed or [None] * len(outputs)):
        if mask is None:
            if getattr(t, "_keras_mask", None) is not None:
                del t._keras_mask
        else:
            t._keras_mask = mask


def at_or_before(mask: Any, steps: int, backwards: bool) -> np.ndarray:
    """(batch, time): the last valid step at or before each, `steps` where there is none; backwards, the next at or behind it."""
    seen = np.asarray(mask)[:, ::-1] if backwards else np.asarray(mask)
    place = np.maximum.accumulate(np.where(seen, np.arange(steps), -1), axis=1)
    if backwards:
        place = np.where(place < 0, -1, steps - 1 - place)[:, ::-1]
    return np.where(place < 0, steps, place)


def taken(x: Any, index: np.ndarray) -> Any:
    """x (batch, time, features) at these steps; zeros behind its end."""
    return tf.gather(tf.concat([x, tf.zeros_like(x[:, :1])], 1), index, axis=1, batch_dims=1)
