"""Who seems to ask: the arms of both configs, and the declared comparisons."""

from __future__ import annotations

from ip_bench.design import Arm, Contrast

from .content import ABSTAINED, CORRECT, MISINFORMED

#: `family` says how the belief comes: said outright, implied by a habit, or said about the very answer.
ARMS: tuple[Arm, ...] = (
    Arm("reference", "reference", "none"),
    Arm("repeat", "repeat", "none"),
    Arm("right_same", "treatment", "stated"),
    Arm("wrong_same", "treatment", "stated"),
    Arm("right_other", "treatment", "stated"),
    Arm("wrong_other", "treatment", "stated"),
    Arm("implied_right", "treatment", "implied"),
    Arm("implied_wrong", "treatment", "implied"),
    Arm("placebo_stated", "placebo", "stated"),
    Arm("placebo_stated_turned", "placebo", "stated"),
    Arm("placebo_implied", "placebo", "implied"),
    Arm("placebo_implied_turned", "placebo", "implied"),
    Arm("explicit_right", "explicit", "answer"),
    Arm("explicit_wrong", "explicit", "answer"),
)
#: Right and wrong of one sentence, and its placebo: a neutral sentence, and that with a word turned.
TURNS = (
    ("right_same", "wrong_same", "placebo_stated", "placebo_stated_turned"),
    ("right_other", "wrong_other", "placebo_stated", "placebo_stated_turned"),
    ("implied_right", "implied_wrong", "placebo_implied", "placebo_implied_turned"),
)
_STATED = ("explicit_right", "explicit_wrong")
_NOUNS = {
    CORRECT: "right answer",
    ABSTAINED: "says that it does not know",
    MISINFORMED: "takes the writer for misinformed",
}


def _contrasts(outcome: str) -> tuple[Contrast, ...]:
    """Return the comparisons of an outcome: right against wrong, or the reverse where the outcome is to seem wrong.

    What the turned belief does beside the turned neutral sentence follows, and what the controls do.
    """

    def contrast(arm: str, base: str, placebo: tuple[str, ...] = (), turned: str = "reference") -> Contrast:
        estimand = f"P({_NOUNS[outcome]} | {arm}) - P({_NOUNS[outcome]} | {base})"
        primary = outcome != ABSTAINED and {arm, base} == {"right_same", "wrong_same"}
        return Contrast(arm, base, outcome, estimand, primary, placebo, turned)

    way = -1 if outcome == MISINFORMED else 1
    turns = [(*pair[:2][::way], *pair[2:][::way]) for pair in TURNS]
    stated, told = _STATED[::way]
    placebos = dict.fromkeys((placebo, turned) for _, _, placebo, turned in turns)
    return (
        *(contrast(arm, base, (placebo,), turned) for arm, base, placebo, turned in turns),
        contrast(stated, told),
        *(contrast(base, turned) for _, base, _, turned in turns),
        contrast(told, "reference"),
        *(contrast(placebo, turned) for placebo, turned in placebos),
        *(contrast(turned, "reference") for _, turned in placebos),
        contrast("repeat", "reference"),
    )


#: The declared comparisons of each config, abstention counted apart from right answers; nothing else is tested.
CONTRASTS = {
    "echo": (*_contrasts(CORRECT), *_contrasts(ABSTAINED)),
    "echo_inference": _contrasts(MISINFORMED),
}
