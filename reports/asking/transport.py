"""Plain data as bytes, on its way from a process in which anybody's code runs.

    frame = sizes (text, arrays) | digest of the sizes | text (JSON) | arrays (raw bytes) | digest of text and arrays

The digests are keyed with a number that is drawn for each process: they tell our frames from whatever else is written into the
same file descriptor, and they tell it after the first 28 bytes, so that no forged length is waited for. Nothing is executed
while a frame is read: there are strings, numbers, lists, dicts with strings as keys, and arrays of numbers.
"""

import json
import re
import struct
from collections.abc import Mapping
from hashlib import blake2b
from math import prod
from typing import Any

import numpy as np

LARGEST = 2**28  # bytes of one frame: thousands of times the largest answer of the cases
DIGEST = 16
SIZES = struct.Struct(">IQ")
ALIGN = 16  # of arrays, so that every dtype can be read in place
DTYPE = re.compile(r"[<>|][biufc][0-9]{1,2}")


class Garbled(ValueError):
    """What came is no frame of ours."""


class TooLarge(ValueError):
    """An answer of more bytes than a frame may have."""


def digest(key: bytes, *parts) -> bytes:
    sha = blake2b(key=key, digest_size=DIGEST)
    for part in parts:
        sha.update(part)
    return sha.digest()


def encode(value, key: bytes) -> bytes:
    """A frame. Raises TooLarge, and TypeError for anything that is no plain data."""
    arrays: list[bytes] = []
    text = json.dumps(packed(value, arrays)).encode()
    body = b"".join(arrays)
    if len(text) + len(body) > LARGEST:
        raise TooLarge(f"{len(text) + len(body):,} bytes; at most {LARGEST:,} can be compared")
    sizes = SIZES.pack(len(text), len(body))
    return b"".join((sizes, digest(key, sizes), text, body, digest(key, text, body)))


def packed(value, arrays: list[bytes]):
    """JSON that says of every container what it is; the bytes of arrays go to `arrays`."""
    if isinstance(value, np.ndarray | np.generic):
        value = np.asarray(value)
        offset = sum(map(len, arrays))
        if (size := offset + value.nbytes) > LARGEST:
            raise TooLarge(f"{size:,} bytes; at most {LARGEST:,} can be compared")
        raw = value.tobytes()
        arrays += [raw, bytes(-len(raw) % ALIGN)]
        return {"array": [value.dtype.str, list(value.shape), offset]}
    if isinstance(value, Mapping):
        return {"dict": [[str(k), packed(v, arrays)] for k, v in value.items()]}
    if isinstance(value, list | tuple):
        return {"list": [packed(v, arrays) for v in value]}
    if value is None or isinstance(value, str | bool | int | float):
        return value
    raise TypeError(f"{type(value).__name__} is no plain data")


def unpacked(value, body: bytearray):
    match value:
        case {"array": [str(dtype), list(shape), int(offset)]}:
            return array(dtype, shape, offset, body)
        case {"dict": list(items)}:
            return {str(k): unpacked(v, body) for k, v in items}
        case {"list": list(items)}:
            return [unpacked(v, body) for v in items]
        case None | str() | bool() | int() | float():
            return value
    raise Garbled("neither a number nor text, list, dict or array")


def array(dtype: str, shape: list, offset: int, body: bytearray) -> np.ndarray:
    if not DTYPE.fullmatch(dtype) or not all(type(n) is int and n >= 0 for n in (*shape, offset)):
        raise Garbled(f"no array: dtype {dtype[:20]}, shape {shape[:8]}")
    kind, count = np.dtype(dtype), prod(shape)
    if offset + count * kind.itemsize > len(body):
        raise Garbled(f"an array of shape {shape[:8]} in {len(body)} bytes")
    return np.ndarray(tuple(shape), kind, body, offset) if count else np.empty(tuple(shape), kind)


class Frames:
    """The frames in a stream of bytes that comes in pieces."""

    def __init__(self, key: bytes):
        self.key, self.buffer = key, bytearray()

    def feed(self, piece: bytes) -> Any | None:
        """The next message, as soon as it is complete. Raises Garbled."""
        self.buffer += piece
        start = SIZES.size + DIGEST
        if len(self.buffer) < start:
            return None
        sizes = bytes(self.buffer[:SIZES.size])
        if digest(self.key, sizes) != self.buffer[SIZES.size:start]:
            raise Garbled("the sizes do not fit their checksum")
        text, arrays = SIZES.unpack(sizes)
        if text + arrays > LARGEST:
            raise Garbled(f"{text + arrays:,} bytes announced")
        end = start + text + arrays
        if len(self.buffer) < end + DIGEST:
            return None
        words, body = bytes(self.buffer[start:start + text]), self.buffer[start + text:end]
        if digest(self.key, words, body) != self.buffer[end:end + DIGEST]:
            raise Garbled("the contents do not fit their checksum")
        del self.buffer[:end + DIGEST]
        try:
            return unpacked(json.loads(words), body)
        except (ValueError, TypeError, RecursionError) as error:
            raise Garbled(str(error)) from error
