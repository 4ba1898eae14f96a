"""Functions of texts to write."""

from __future__ import annotations

from .spec import Spec, spec, texts, words

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@spec("text", 'Return how many words of the text contain the letter "{c}" {k} times or more. Words are separated by '
      "single spaces, and all letters are lower-case.", texts("abcde", (0, 9), 8), c="abcde", k=(2, 3))  # fmt: skip
def words_with_letter(text: str, c: str, k: int) -> int:
    return sum(word.count(c) >= k for word in text.split())


@spec("text", 'Replace each letter from "a" to "z" by the letter {k} places later in the alphabet, where "a" follows '
      '"z". Leave all other characters as they are. Return the new text.', texts(_LETTERS + "XY!", (0, 4)),
      k=range(3, 23))  # fmt: skip
def shifted_letters(text: str, k: int) -> str:
    return "".join(_LETTERS[(_LETTERS.index(char) + k) % 26] if char in _LETTERS else char for char in text)


@spec("text", "Return the text with every {k}th character (number {k}, number {k} times 2, and so on, counted from 1, "
      "spaces included) in upper-case and the others as they are.", texts(_LETTERS), k=(4, 5, 6))  # fmt: skip
def every_upper(text: str, k: int) -> str:
    return "".join(char.upper() if at % k == 0 else char for at, char in enumerate(text, 1))


@spec("words", "Return a list of the words with more than {k} letters, each once, in alphabetical order.",
      words("abc", (0, 9), 6), k=(2, 3, 4))  # fmt: skip
def long_words(words: list[str], k: int) -> list[str]:
    return sorted({word for word in words if len(word) > k})


@spec("text", "Wherever the same character stands more than {k} times in a row in the text, keep only the first {k} of "
      "them. Return the new text.", texts("ab", (0, 4), 12), k=(2, 3))  # fmt: skip
def shortened_runs(text: str, k: int) -> str:
    kept = ""
    for char in text:
        if kept[-k:] != char * k:
            kept += char
    return kept


@spec("text", 'Return the text with each character but the last {k} replaced by "{c}". A text of {k} characters or '
      "fewer stays as it is.", texts(_LETTERS, (0, 2), 9), k=range(2, 6), c="*#x-")  # fmt: skip
def masked(text: str, k: int, c: str) -> str:
    return c * (len(text) - k) + text[-k:]


@spec("words", 'Make each word in the list at least {k} characters long by adding "{c}" at its end. Return one text in '
      "which the words stand one after the other, with nothing between them.", words(_LETTERS, (0, 5), 8),
      k=range(4, 8), c=".-_=")  # fmt: skip
def padded(words: list[str], k: int, c: str) -> str:
    return "".join(word.ljust(k, c) for word in words)


@spec("text", 'Return the score of the text: each of the letters "a", "e", "i", "o" and "u" gives {a} points, each '
      "other lower-case letter gives {b}, and any other character gives none.", texts("abceginou7 ", (0, 4), 9),
      a=range(2, 5), b=range(5, 9))  # fmt: skip
def letter_score(text: str, a: int, b: int) -> int:
    return sum(a if char in "aeiou" else b for char in text if char in _LETTERS)


SPECS = tuple(value for value in list(globals().values()) if isinstance(value, Spec))
