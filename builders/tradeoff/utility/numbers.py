"""Functions of whole numbers to write."""

from __future__ import annotations

from .spec import Spec, spec, whole


@spec("n", "Return the sum of the digits of `n`, a positive whole number, when it is written in base {base}.",
      whole(1, 5_000), base=range(3, 9))  # fmt: skip
def digit_sum(n: int, base: int) -> int:
    total = 0
    while n:
        n, digit = divmod(n, base)
        total += digit
    return total


@spec("n", "Start from `n`, a positive whole number. As long as it is greater than 1, divide it by {d} if it is "
      "divisible by {d}, and subtract 1 if it is not. Return the number of steps until it is 1.",
      whole(1, 400), d=range(2, 7))  # fmt: skip
def steps_to_one(n: int, d: int) -> int:
    steps = 0
    while n > 1:
        n = n - 1 if n % d else n // d
        steps += 1
    return steps


@spec("low, high", "Return how many whole numbers from `low` to `high`, both included, are divisible by {a} but not "
      "by {b}. Return 0 if `low` is greater than `high`.", whole(-40, 90, 2), a=(2, 3, 4), b=(5, 7, 9))  # fmt: skip
def count_divisible(low: int, high: int, a: int, b: int) -> int:
    return sum(n % a == 0 and n % b != 0 for n in range(low, high + 1))


@spec("n", "Return the remainder that is left when `n` to the power of {p} is divided by {m}. `n` is a whole number "
      "and not negative.", whole(0, 300), p=range(3, 12), m=range(11, 60))  # fmt: skip
def power_remainder(n: int, p: int, m: int) -> int:
    return n**p % m


@spec("n", "A sequence starts with {a} and {b}. Each later term is the sum of the two terms before it plus {c}. Return "
      "term number `n`, counted from 1.", whole(1, 25), a=range(1, 5), b=range(5, 9), c=range(1, 6))  # fmt: skip
def sequence_term(n: int, a: int, b: int, c: int) -> int:
    for _ in range(n - 1):
        a, b = b, a + b + c
    return a


@spec("n", "Return the multiple of {k} that is nearest to the whole number `n`. If two are equally near, return the "
      "larger one.", whole(-90, 90), k=(4, 6, 7, 8, 9, 10))  # fmt: skip
def nearest_multiple(n: int, k: int) -> int:
    below = n // k * k
    return below if n - below < below + k - n else below + k


@spec("n", "Multiply `n` by {a} and add {b}. Return the result, but return {low} if it is less than {low}, and {high} "
      "if it is greater than {high}.", whole(-60, 60),
      a=range(2, 6), b=range(3, 12), low=range(-50, -20), high=range(60, 120))  # fmt: skip
def scaled_and_bounded(n: int, a: int, b: int, low: int, high: int) -> int:
    return max(low, min(high, a * n + b))


@spec("n", "Return the number that is left when every digit {d} is deleted from `n`, a positive whole number. Return 0 "
      "if no digit is left.", lambda rng: (int("".join(rng.choice("1234567") for _ in range(rng.randint(1, 7)))),),
      d=range(1, 8))  # fmt: skip
def without_digit(n: int, d: int) -> int:
    return int(str(n).replace(str(d), "") or 0)


@spec("n", "Return the largest power of {b} (1, {b}, {b} times {b}, and so on) that is not greater than `n`, a "
      "positive whole number.", whole(1, 3_000), b=range(2, 8))  # fmt: skip
def largest_power(n: int, b: int) -> int:
    power = 1
    while power * b <= n:
        power *= b
    return power


@spec("n", "Return a list of the divisors of `n`, a positive whole number, that are {k} or greater, from the smallest "
      "to the largest.", whole(1, 120), k=range(2, 8))  # fmt: skip
def divisors_from(n: int, k: int) -> list[int]:
    return [d for d in range(k, n + 1) if n % d == 0]


@spec("hour, minute", 'A clock with 24 hours shows `hour` and `minute`. Return the time {m} minutes later as a text of '
      'the form "HH:MM", with two digits for the hour (00 to 23) and two for the minute.',
      lambda rng: (rng.randrange(24), rng.randrange(60)), m=range(95, 700, 7))  # fmt: skip
def clock_after(hour: int, minute: int, m: int) -> str:
    later = (hour * 60 + minute + m) % 1440
    return f"{later // 60:02d}:{later % 60:02d}"


@spec("count", "Return the price of `count` pieces. Each costs {a}. From {n} pieces on, {c} is taken off the price of "
      "the whole order, once.", whole(0, 30), a=range(7, 15), n=range(8, 16), c=range(20, 40))  # fmt: skip
def order_price(count: int, a: int, n: int, c: int) -> int:
    return count * a - (c if count >= n else 0)


SPECS = tuple(value for value in list(globals().values()) if isinstance(value, Spec))
