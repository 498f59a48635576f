"""Finding rows of the atlas in the words of whoever asks.

A question is cut into things asked for: phrases that the atlas or `same_words` knows, and single words. A row answers a thing as
well as the best place it stands in (its name and title before its text); rare things count more than common ones, by the
logarithm of N/n of N rows and the n that answer it. Rows that answer more of the question come first; so does a row whose own
code has a name of the question as it is written (`count_include_pad`), before rows that only have its words; of two equal rows,
the one whose id says less besides (`adam.epsilon` before `adam.epsilon_in`).
"""

import difflib
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from nnparity.cases.atlas import atlas
from nnparity.cases.atlas.symptoms import SYMPTOMS
from nnparity.cases.convention import AtlasRow
from nnparity.reports.atlas.same_words import SAME

STOP_WORDS = """
    a an and are as against after all any because before both different each every exactly fail fails fall falls few
    find found get gets getting got had her here hand just look made make makes many more most much must need needs
    new nothing number numbers only out over please pixel rebuilt really said says see seem seems should show shows
    since slow slower slowly small so someone something still such take takes them then these thing think those
    through today too try under until very want why would x y array arrays code copy exported export tell told work
    works working am at be been but by can do does for from give given has have how i if in into is it its keep like
    may me my no not of off on one or other own port ported porting same some than that the their there they this to
    two use used using vs versus was we what when where which who whose will with without wrong you your differ
    difference differs copied layer layers function functions default defaults framework frameworks model nn value
    values pytorch torch tensorflow tf keras jax flax nnx optax onnx onnxruntime ort numpy np equal match matches mean
    means convert converted conversion gives result results shape shapes size error errors raise raises
"""
STOP = frozenset(STOP_WORDS.split())
ENDINGS = (("isations", "is"), ("izations", "is"), ("isation", "is"), ("ization", "is"), ("isers", "is"), ("izers", "is"),
           ("iser", "is"), ("izer", "is"), ("ises", "is"), ("izes", "is"), ("ised", "is"), ("ized", "is"), ("ise", "is"),
           ("ize", "is"), ("ising", "is"), ("izing", "is"), ("ings", ""), ("ing", ""), ("ies", "y"), ("ed", ""), ("es", ""),
           ("s", ""), ("e", ""))
JOINTS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+[a-z]*")
WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]*")
LONGEST = 4  # words of a phrase
PART = 0.6  # of what a word counts where only its beginning is the same, "pad" of "padding_idx"
MISSPELT = 0.8  # how alike, by difflib, a word is that is taken for another
ENOUGH = 0.5  # of what is asked for, by weight, a row must answer to be an answer
NAMED = 1.2  # times the points of a row whose layer is called exactly so
IN_CODE = 1.6  # the weight of what stands in a row's snippets; its settings, question and title weigh more
WRITTEN = 1.25  # times the points of a row that has a joined name of the question as it is written there
ID_SAID = 0.1  # more points, in parts, for a row whose id holds nothing but what was asked
CLOSE = 0.6  # of the best row's points, for a row to be an answer as well
RARE = 4  # rows: a thing that fewer have counts as if so many had it
NEAREST = 3


@dataclass(frozen=True)
class Found:
    """The rows that answer, best first; those that touch on it; words that no row has; and what a misspelt word was taken for."""

    answers: tuple[AtlasRow, ...]
    related: tuple[AtlasRow, ...]
    unknown: tuple[str, ...] = ()
    read_as: tuple[tuple[str, str], ...] = ()


@cache
def stem(word: str) -> str:
    """What a word is compared by: "normalisation", "normalizes" -> "normalis"; "clipping", "clip" -> "clip"."""
    word = word.lower()
    for ending, instead in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith(("ss", "us", "is", "as")):
            word = word[:len(word) - len(ending)] + instead
            break
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] and word[-1] in "bdgmnpt" else word


@cache
def stems(text: str) -> tuple[str, ...]:
    """The words of a text, cut at the joints of names: "nn.BatchNorm2d" -> nn, batch, norm, 2d."""
    text = text.replace("ReLU", "Relu").replace("PRelu", "Prelu").replace("RMS", "Rms").replace("1x1", "")
    return tuple(stem(piece) for piece in JOINTS.findall(text))


@cache
def _index() -> dict[str, dict[str, float]]:
    """{row id: {stem: how prominently it stands there}}"""
    return {row.id: _weights(row) for row in atlas().values()}


def _weights(row: AtlasRow) -> dict[str, float]:
    variants = " ".join(f"{v.title} {v.words}" for v in row.variants)
    switches = " ".join(written for v in row.variants for written in v.switch.values())
    asked = " ".join({name for code in row.snippets.values() for name in WORD.findall(code)})
    weights: dict[str, float] = {}
    seen = " ".join(symptom.seen for symptom in SYMPTOMS if row.id in symptom.rows)
    told = f"{seen} {row.consequence} {row.example} {variants}"
    for weight, text in ((1.0, told), (IN_CODE, asked), (2.0, switches), (3.0, row.question),
                         (4.0, f"{row.id} {row.title}")):
        for found in {*stems(text), *(stem(word.replace("_", "")) for word in WORD.findall(text) if len(word) > 4)}:
            weights[found] = max(weight, weights.get(found, 0.0)) + 0.1
    return weights


@cache
def _vocabulary() -> frozenset[str]:
    known = {found for weights in _index().values() for found in weights}
    return frozenset(known | {s for line in _same() for phrase in line for s in phrase})


@cache
def _same() -> tuple[tuple[tuple[str, ...], ...], ...]:
    return tuple(tuple(stems(phrase) for phrase in line) for line in SAME)


def find(question: str) -> Found:
    """The rows that answer a question in anybody's words. No row answers where no more than half of it is known. Where it says
    what a known symptom says, its rows come first."""
    found = _by_words(question)
    told = set(stems(question))
    seen = next((s for s in SYMPTOMS if told and set(stems(s.seen)) <= told), None)
    if seen is None:
        return found
    first = tuple(atlas()[id_] for id_ in seen.rows)
    answers = (*first, *(row for row in found.answers if row not in first))
    return Found(answers, tuple(row for row in found.related if row not in first), found.unknown, found.read_as)


def _by_words(question: str) -> Found:
    words, unknown, read_as = _words(question)
    things = list(_things(words))
    points = {thing: {id_: p for id_ in atlas() if (p := _best(id_, thing))} for thing in things}
    rarity = {thing: math.log(1 + len(atlas()) / max(len(own), RARE)) for thing, own in points.items() if own}
    unanswered = tuple(" ".join(thing[0]) for thing, own in points.items() if not own)
    whole = sum(rarity.values()) + math.log(1 + len(atlas()) / RARE) * (len(unknown) + len(unanswered))
    scores, parts, written = {}, {}, _joined_names(question)
    for row in atlas().values():
        own = {thing: points[thing][row.id] for thing in rarity if row.id in points[thing]}
        parts[row.id] = sum(rarity[thing] for thing in own) / whole if whole else 0.0
        named = NAMED if stem(row.layer.replace("_", "")) == "".join(words) else 1.0
        said = (1 + ID_SAID * _id_said(row.id, rarity)) * _written(row.id, written)
        scores[row.id] = sum(rarity[thing] * p for thing, p in own.items()) * parts[row.id] * named * said
    ranked = sorted((row for row in atlas().values() if scores[row.id]), key=lambda row: -scores[row.id])
    missed = (*unknown, *unanswered)
    if not ranked or parts[ranked[0].id] < ENOUGH:
        nearest = {row.id: row for row in [*ranked, *_alike(question)]}
        return Found((), tuple(nearest.values())[:NEAREST], missed, read_as)
    best = scores[ranked[0].id]
    answers = tuple(row for row in ranked if scores[row.id] >= CLOSE * best and parts[row.id] >= ENOUGH)
    return Found(answers, tuple(row for row in ranked if row not in answers and scores[row.id] >= 0.3 * best), missed, read_as)


def _words(question: str):
    """The stems of a question, those that nothing here knows, and what a misspelt one was taken for."""
    known, unknown, read_as = [], [], []
    for word in WORD.findall(question):
        pieces, joined = stems(word), stem(word.replace("_", ""))
        if joined in _vocabulary() and not all(map(_is_known, pieces)):
            pieces = (joined,)
        for piece in pieces:
            if _is_known(piece):
                known.append(piece)
            elif word.lower() in STOP or len(piece) < 3 or piece.isdigit():
                continue  # "x", "v2": it says nothing about a row
            elif close := _misspelt(piece):
                known.append(close)
                read_as.append((word, close))
            else:
                unknown.append(word)
    return known, tuple(dict.fromkeys(unknown)), tuple(dict.fromkeys(read_as))


@cache
def _misspelt(piece: str) -> str | None:
    """The known word that is most like an unknown one; before all others one of the same letters, "weight" for "weigth"."""
    close = difflib.get_close_matches(piece, _long_words(), NEAREST, MISSPELT)
    return min(close, key=lambda known: sorted(known) != sorted(piece), default=None)


def _joined_names(question: str) -> frozenset[str]:
    """The names of a question that were joined of several words, as the index has them: "align_corners", "BatchNorm2d"."""
    return frozenset(stem(word.replace("_", "")) for word in WORD.findall(question) if len(stems(word)) > 1)


def _written(id_: str, names: Iterable[str]) -> float:
    return WRITTEN if any(_index()[id_].get(name, 0.0) >= IN_CODE for name in names) else 1.0


def _id_said(id_: str, things: Iterable) -> float:
    """How much of a row's id was asked for, in parts."""
    asked = {word for thing in things for phrase in thing for word in phrase}
    own = stems(id_)
    return sum(word in asked for word in own) / len(own)


def _is_known(piece: str) -> bool:
    return piece in _vocabulary() or bool(_longer(piece))


@cache
def _long_words() -> tuple[str, ...]:
    return tuple(sorted(word for word in _vocabulary() if len(word) >= 4))


def _things(words: list[str]) -> Iterable[tuple[tuple[str, ...], ...]]:
    """What is asked for: for each phrase (the longest first) or word, itself and what is called the same."""
    place, seen = 0, set()
    while place < len(words):
        for length in range(min(LONGEST, len(words) - place), 0, -1):
            phrase = tuple(words[place:place + length])
            others = _called_the_same(phrase)
            if others or length == 1:
                if phrase not in seen and (others or not _says_nothing(phrase[0])):
                    seen.add(phrase)
                    yield phrase, *others
                place += length
                break


def _says_nothing(word: str) -> bool:
    return len(word) < 3 or word in _stop()


@cache
def _stop() -> frozenset[str]:
    return STOP | {stem(word) for word in STOP}


@cache
def _called_the_same(phrase: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """The other names of a phrase; the order of its words makes no difference."""
    own = sorted(phrase)
    lines = [line for line in _same() if any(sorted(other) == own for other in line)]
    return tuple(dict.fromkeys(other for line in lines for other in line if other != phrase))


def _best(id_: str, thing) -> float:
    """How prominently a row has a thing under its own name, or a little less under another."""
    own, *others = thing
    return max(_points(id_, own), *(0.8 * _points(id_, phrase) for phrase in others), 0.0)


def _points(id_: str, phrase: tuple[str, ...]) -> float:
    """The mean over a phrase's words; nothing where one of them is missing."""
    weights = _index()[id_]
    found = [weights.get(word) or (0.0 if word in _vocabulary() else PART * _beginning(weights, word)) for word in phrase]
    return sum(found) / len(found) if all(found) else 0.0


def _beginning(weights: Mapping[str, float], word: str) -> float:
    return max((weights.get(known, 0.0) for known in _longer(word)), default=0.0)


@cache
def _longer(word: str) -> tuple[str, ...]:
    """The known words that begin so, where that says something."""
    return tuple(known for known in _vocabulary() if known.startswith(word)) if len(word) >= 4 else ()


def _alike(question: str) -> list[AtlasRow]:
    """The rows whose names look most like the question, letter by letter."""
    def alike(row):
        return max(difflib.SequenceMatcher(None, question.lower(), text).quick_ratio() for text in (row.title.lower(), row.id))
    return sorted(atlas().values(), key=alike, reverse=True)[:NEAREST]
