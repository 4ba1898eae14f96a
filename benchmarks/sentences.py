"""The dialect cues beside a parse of every sentence, which is where multi-VALUE begins, on one core.

multi-VALUE itself (`value-nlp` 0.3) pins a spaCy of 2024 that does not load beside numpy 2, and fetches trained models
when it starts. So the peer is only its first step, by spaCy as it is today: a dependency parse by a pipeline of the
shape of the small English one. Its weights are random, so what it finds is worthless; the time is a trained one's.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Sequence
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

from cue_engine import prompts
from ratios import Result, Row

from ip_bench.cues.dialect.engine import dialect
from ip_bench.cues.dialect.words import tokens_of
from ip_bench.seeds import rng

LEVEL = "aae"
PROMPTS, PARSED = 20_000, 500
WIDTH, DEPTH, RELATIONS = 96, 4, 45  # of the small English pipeline
BATCH = 256
OURS = f"dialect cue `{LEVEL}` (edit log, protected spans)"
PEER = "a dependency parse, multi-VALUE's first step"
NOT_INSTALLED = "spaCy is not installed (`pip install ip-bench[bench]`)"


def parser() -> Any:
    """Return a spaCy pipeline that tags and parses English, with random weights."""
    import spacy
    from spacy.training import Example

    nlp = spacy.blank("en")
    tok2vec = nlp.add_pipe("tok2vec", config={"model": {
        "@architectures": "spacy.HashEmbedCNN.v2", "width": WIDTH, "depth": DEPTH, "embed_size": 2000,
        "window_size": 1, "maxout_pieces": 3, "subword_features": True, "pretrained_vectors": None,
    }})  # fmt: skip
    shared = {"@architectures": "spacy.Tok2VecListener.v1", "width": WIDTH}
    tagger = nlp.add_pipe("tagger", config={"model": {"@architectures": "spacy.Tagger.v2", "tok2vec": shared}})
    parse = nlp.add_pipe("parser", config={"model": {
        "@architectures": "spacy.TransitionBasedParser.v2", "state_type": "parser", "extra_state_tokens": False,
        "hidden_width": 64, "maxout_pieces": 2, "use_upper": True, "nO": None, "tok2vec": shared,
    }})  # fmt: skip
    assert tok2vec is not None
    for number in range(RELATIONS):
        parse.add_label(f"relation{number}")
        tagger.add_label(f"tag{number}")
    spoken = nlp.make_doc("She reads it .")
    said = {"heads": [1, 1, 1, 1], "deps": ["relation0", "ROOT", "relation1", "relation2"], "tags": ["tag0"] * 4}
    nlp.initialize(lambda: [Example.from_dict(spoken, said)])
    return nlp


def parsed_per_second(texts: Sequence[str]) -> float:
    """Return how many texts a second the pipeline parses, in batches."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of other people's packages, about their own dependencies
        nlp = parser()
        list(nlp.pipe(texts[:BATCH], batch_size=BATCH))
        start = time.perf_counter()
        for _ in nlp.pipe(texts, batch_size=BATCH):
            pass
        return len(texts) / (time.perf_counter() - start)


def cued_per_second(texts: Sequence[str]) -> float:
    """Return how many texts a second get the dialect cue."""
    engine = dialect(LEVEL)
    engine.apply(texts[0], rng("benchmarks", "warm"))
    tokens_of.cache_clear()
    draw = rng("benchmarks", "dialect")
    start = time.perf_counter()
    for text in texts:
        engine.apply(text, draw)
    return len(texts) / (time.perf_counter() - start)


def result(count: int = PROMPTS, parsed: int = PARSED) -> Result:
    """Return what was found on this machine, and its row of the one table."""
    texts = prompts(count)
    ours = cued_per_second(texts)
    said = f"{ours:,.0f} rows/s"
    if find_spec("spacy") is None:
        return Result(f"The dialect cue makes {said}. Peer: {NOT_INSTALLED}.", [Row(OURS, said, PEER, NOT_INSTALLED)])
    theirs = parsed_per_second(texts[:parsed])
    peer = f"{PEER} (spaCy {version('spacy')}, random weights)"
    text = (
        f"The dialect cue `{LEVEL}` turns {said} ({count:,} prompts); spaCy parses {theirs:,.0f} ({parsed:,} of them), "
        f"{ours / theirs:.1f} times fewer, before it has changed a word."
    )
    return Result(text, [Row(OURS, said, peer, f"{theirs:,.0f} rows/s", ours / theirs)])


def report() -> str:
    """Return what was found on this machine."""
    return result().text


if __name__ == "__main__":
    print(report())
