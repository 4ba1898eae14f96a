"""What words of an item tell without a language model: items that are alike, and a ridge on words and places."""

from __future__ import annotations

from typing import Self

import numpy as np
from scipy.sparse import csr_array
from sklearn.base import BaseEstimator
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import Ridge

from ip_bench.cohorts.answers import Answers, Floats, Ints, Item
from ip_bench.seeds import generator

PENALTIES = (0.1, 1.0, 10.0, 100.0, 1e3, 1e4, 1e5)
WORD = r"(?u)\b\w+\b"
HELD_OUT = 0.25  # of the items, to choose the penalty and the softness
SOFTNESS = (0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 3.0)


def words(items: tuple[Item, ...], fit: Ints) -> csr_array:
    """Return TF-IDF of words and pairs of words (items, terms), the weights from the texts of the items in `fit`."""
    texts = [each.text or each.item_id for each in items]
    found = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=WORD)
    found.fit([texts[int(each)] for each in fit])
    return csr_array(found.transform(texts))


def most_similar(answers: Answers, known: Answers, number: int, table: csr_array) -> list[list[tuple[int, int]]]:
    """Return, for each asked cell, the person's most similar known answers as (item, answer), the most similar last.

    Similarity is the cosine of `table`; ties go to the earlier item.
    """
    ends = np.searchsorted(known.person, np.arange(len(known.people) + 1))
    alike = (table @ table.T).toarray()
    found = []
    for person, item in zip(answers.person, answers.item, strict=True):
        cells = slice(ends[person], ends[person + 1])
        order = np.argsort(-alike[item, known.item[cells]], kind="stable")[:number][::-1]
        found.append([(int(known.item[cells][at]), int(known.answer[cells][at])) for at in order])
    return found


class TextRidge(BaseEstimator):
    """P(option) from words of the item, each alone and times each number of the person's place, by ridge.

    The least squares fit the options' indicators; the penalty, and how soft the scores are as probabilities, are those
    that do best on items held out. So this says what a sum over words can know of an item that nobody has answered.
    """

    def __init__(self, seed: int = 0, cells: int = 30_000) -> None:
        self.seed = seed
        self.cells = cells

    def fit(self, answers: Answers, places: Floats, table: csr_array) -> Self:
        """Fit to answers of people at `places` (people, dims); `table` (items, terms)."""
        self.table_, self.options_ = table, answers.options
        if len(answers) > self.cells:
            chosen = generator("text ridge", self.seed).permutation(len(answers))[: self.cells]
            answers = answers.where(np.isin(np.arange(len(answers)), chosen))
        given = np.eye(int(self.options_.max()))[answers.answer]
        rows = self._rows(places[answers.person], answers.item)
        items = np.unique(answers.item)
        out = items[generator("text ridge items", self.seed).random(len(items)) < HELD_OUT]
        check = np.isin(answers.item, out)
        self.penalty_, self.softness_, best = PENALTIES[-1], SOFTNESS[-1], np.inf
        for penalty in PENALTIES if check.any() and not check.all() else ():
            tried = Ridge(penalty, solver="sparse_cg").fit(rows[~check], given[~check])
            scores = tried.predict(rows[check])
            for softness in SOFTNESS:
                p = self._soft(scores, answers.item[check], softness)
                loss = -np.log(np.maximum(p[np.arange(len(p)), answers.answer[check]], 1e-12)).mean()
                if loss < best:
                    best, self.penalty_, self.softness_ = loss, penalty, softness
        self.model_ = Ridge(self.penalty_, solver="sparse_cg").fit(rows, given)
        return self

    def predict_at(self, places: Floats, person: Ints, item: Ints) -> Floats:
        """Return P(option) (cells, options) of people at `places` (people, dims)."""
        return self._soft(self.model_.predict(self._rows(places[person], item)), item, self.softness_)

    def _rows(self, places: Floats, item: Ints) -> csr_array:
        """Return the outer product of (1, place) and words, cell by cell."""
        words_of = csr_array(self.table_[item])
        factors = np.concatenate([np.ones((len(item), 1)), places], 1)
        terms, sizes = words_of.shape[1], np.diff(words_of.indptr)
        cell = np.repeat(np.arange(len(item)), sizes)
        data = (words_of.data[:, None] * factors[cell]).ravel()
        column = (words_of.indices[:, None] + terms * np.arange(factors.shape[1])).ravel()
        return csr_array(
            (data, column, words_of.indptr * factors.shape[1]), shape=(len(item), terms * factors.shape[1])
        )

    def _soft(self, scores: Floats, item: Ints, softness: float) -> Floats:
        scores = np.where(np.arange(scores.shape[1]) < self.options_[item][:, None], scores / softness, -np.inf)
        p = np.exp(scores - scores.max(1, keepdims=True))
        return np.asarray(p / p.sum(1, keepdims=True))
