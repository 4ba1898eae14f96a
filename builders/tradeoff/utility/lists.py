"""Functions of lists to write."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

from .spec import Spec, numbers, spec, words


@spec("numbers", "Return how many of the whole numbers in the list are greater than {k}.", numbers(0, 20),
      k=range(5, 15))  # fmt: skip
def count_above(numbers: list[int], k: int) -> int:
    return sum(n > k for n in numbers)


@spec("numbers", "Return the sum of every {k}th number in the list: number {k}, number {k} times 2, and so on, counted "
      "from 1. Return 0 if there is none.", numbers(-9, 20), k=(4, 5, 6))  # fmt: skip
def sum_of_every(numbers: list[int], k: int) -> int:
    return sum(numbers[k - 1 :: k])


@spec("items", "Return a list of the same items, moved {k} places to the left; those that fall off at the start come "
      "back at the end, in their order. The list may be empty or shorter than {k}.", numbers(0, 50, (0, 8)),
      k=range(2, 7))  # fmt: skip
def moved_left(items: list[int], k: int) -> list[int]:
    items = list(items)
    for _ in range(k if items else 0):
        items.append(items.pop(0))
    return items


@spec("numbers", "Cut the list into pieces of {k} numbers, from the start; the last piece may be shorter. Return a "
      "list of the sums of the pieces.", numbers(-9, 30), k=range(2, 6))  # fmt: skip
def piece_sums(numbers: list[int], k: int) -> list[int]:
    return [sum(numbers[at : at + k]) for at in range(0, len(numbers), k)]


@spec("numbers", "Return a list of the {k} largest different numbers in the list, the largest first. If there are "
      "fewer than {k} different numbers, return all of them.", numbers(1, 12), k=range(2, 6))  # fmt: skip
def largest_different(numbers: list[int], k: int) -> list[int]:
    return sorted(set(numbers), reverse=True)[:k]


@spec("numbers", "Go through the list from the start. Keep the first number, and each later one whose distance to "
      "the number kept last is {k} or more. Return a list of the numbers kept.", numbers(0, 30),
      k=range(4, 11))  # fmt: skip
def far_from_last(numbers: list[int], k: int) -> list[int]:
    kept: list[int] = []
    for n in numbers:
        if not kept or abs(n - kept[-1]) >= k:
            kept.append(n)
    return kept


@spec("numbers", "Return the length of the longest run of neighbors in the list that are all greater than {k}; 0 if no "
      "number is.", numbers(0, 12, (0, 15)), k=range(3, 8))  # fmt: skip
def longest_run_above(numbers: list[int], k: int) -> int:
    longest = run = 0
    for n in numbers:
        run = run + 1 if n > k else 0
        longest = max(longest, run)
    return longest


@spec("numbers", "Return a list with the largest number of each {k} neighbors in the list: of the first {k}, then of "
      "those that start one place later, and so on. Return an empty list if there are fewer than {k} numbers.",
      numbers(-20, 40), k=range(2, 6))  # fmt: skip
def window_maxima(numbers: list[int], k: int) -> list[int]:
    return [max(numbers[at : at + k]) for at in range(len(numbers) - k + 1)]


@spec("numbers", "Return how many pairs of two different places in the list hold numbers whose sum is {k}. A pair is "
      "counted once, whatever its order.", numbers(0, 9), k=range(6, 13))  # fmt: skip
def pairs_with_sum(numbers: list[int], k: int) -> int:
    return sum(a + b == k for a, b in combinations(numbers, 2))


@spec("numbers", "Return a dictionary that says of each remainder left by dividing the numbers by {k} how many numbers "
      "leave it. Remainders that none leaves are not in it. No number is negative.", numbers(0, 60),
      k=range(3, 9))  # fmt: skip
def remainder_counts(numbers: list[int], k: int) -> dict[int, int]:
    return dict(Counter(n % k for n in numbers))


@spec("numbers", "Return a tuple of two lists: the numbers less than {k}, and the others. Keep their order.",
      numbers(-15, 30), k=range(1, 16))  # fmt: skip
def split_by_size(numbers: list[int], k: int) -> tuple[list[int], list[int]]:
    return [n for n in numbers if n < k], [n for n in numbers if n >= k]


@spec("numbers", "Add up the numbers from the start of the list, and stop before the total would be greater than {k}. "
      "Return how many numbers were added. No number is negative.", numbers(1, 12), k=range(15, 45))  # fmt: skip
def added_until(numbers: list[int], k: int) -> int:
    total = 0
    for count, n in enumerate(numbers):
        total += n
        if total > k:
            return count
    return len(numbers)


@spec("numbers", "Multiply the first number in the list by {a}, the second by {b}, the third by {a}, the fourth by "
      "{b}, and so on. Return the sum of the products.", numbers(-9, 12), a=range(2, 5), b=range(5, 9))  # fmt: skip
def alternating_sum(numbers: list[int], a: int, b: int) -> int:
    return sum(n * (b if at % 2 else a) for at, n in enumerate(numbers))


@spec("numbers", "Return the position, counted from 0, of the last number in the list that is divisible by {k}; -1 if "
      "none is.", numbers(1, 40, (0, 9)), k=range(3, 8))  # fmt: skip
def last_divisible(numbers: list[int], k: int) -> int:
    return max((at for at, n in enumerate(numbers) if n % k == 0), default=-1)


@spec("first, second", "Return one list that takes {k} items from the start of `first`, then {k} from the start of "
      "`second`, then the next {k} of `first`, and so on, until both are used up. A list with fewer items left gives "
      "those it has.", lambda rng: (*numbers(0, 9, (0, 7))(rng), *numbers(10, 19, (0, 7))(rng)),
      k=range(2, 5))  # fmt: skip
def taken_in_turns(first: list[int], second: list[int], k: int) -> list[int]:
    taken: list[int] = []
    for at in range(0, max(len(first), len(second)), k):
        taken += first[at : at + k] + second[at : at + k]
    return taken


@spec("words", "Return a list of the words that come {k} times or more in the list, each once, in alphabetical order.",
      words("ab", (0, 16), 2), k=(2, 3))  # fmt: skip
def frequent_words(words: list[str], k: int) -> list[str]:
    return sorted(word for word, times in Counter(words).items() if times >= k)


SPECS = tuple(value for value in list(globals().values()) if isinstance(value, Spec))
