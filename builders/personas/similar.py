"""Which statements are alike, by their words alone: no answer and no loading is looked at."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .statements import statements

DECIMALS = 6  # beyond which a similarity says nothing, and machines may differ


@lru_cache(maxsize=1)
def similarities() -> NDArray[np.float64]:
    """Return the cosines (statements, statements) of TF-IDF weights of letter sequences, topic included."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = [f"{one.topic} {one.text}" for one in statements()]
    weights = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True).fit_transform(texts)
    return np.asarray((weights @ weights.T).toarray().round(DECIMALS))


def most_similar(item: int, among: list[int], count: int) -> list[int]:
    """Return the statements most similar to one, by code, the most similar first; equals as they are ordered."""
    alike = similarities()[item]
    return sorted(among, key=lambda other: -alike[other])[:count]
