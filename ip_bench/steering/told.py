"""What is said of a person in words before the question, cell by cell: the prompts that a soft prompt must beat."""

from __future__ import annotations

from collections.abc import Sequence

from ip_bench.cohorts.answers import Answers, Item
from ip_bench.cohorts.baselines import ItemMode
from ip_bench.cohorts.choose import Cohorts
from ip_bench.cohorts.labels import Label, labels
from ip_bench.steering import prompts
from ip_bench.steering.parts import Cells, Parts, on_items
from ip_bench.steering.textual import most_similar, words
from ip_bench.steering.train import Trained

OWN = 5  # own answers in the prompt
DESCRIBED = 5  # statements that describe a cohort


def told(
    answers: Answers, parts: Parts, trained: Trained, cohorts: Cohorts | None, cells: Cells
) -> list[tuple[str, list[str]]]:
    """Return, for each method, what stands before the question of each asked cell.

    Methods: nothing; demographics, where there are any; the options that tell the person's cohort from the rest, where
    there are cohorts; the most similar own answers; and the most similar of those that differ from the item's mode.
    """
    asked, known, wording = cells.asked, cells.known, trained.plan.wording
    heads = [("raw question", [""] * len(asked))]
    if asked.groups:
        said = [prompts.demographics(asked.groups, person) for person in range(len(asked.people))]
        heads.append(("demographics in the prompt", [said[int(person)] for person in asked.person]))
    learn = on_items(answers.of_people(parts.learn), parts.seen)
    if cohorts is not None and cohorts.count_:
        described = described_cohorts(labels(cohorts, learn, top=DESCRIBED), cohorts.count_, answers.items, wording)
        member = cohorts.membership_at(trained.filter.fold_in(known)).argmax(1)
        heads.append(("cohort described in the prompt", [described[int(member[each])] for each in asked.person]))
    table = words(answers.items, parts.seen)
    mode = ItemMode().fit(learn).shares_.argmax(1)
    for name, some in (("own", known), ("mistaken", known.where(known.answer != mode[known.item]))):
        pairs = most_similar(asked, some, OWN, table)
        shown = [prompts.answered([(asked.items[item], code) for item, code in each], wording) for each in pairs]
        heads.append((f"{OWN} {name} answers in the prompt", shown))
    return heads


def described_cohorts(found: Sequence[Label], count: int, items: Sequence[Item], wording: str) -> list[str]:
    """Return what is said of each cohort: the options that tell it from the rest."""
    by_id = {each.item_id: each for each in items}
    pairs: list[list[tuple[Item, int]]] = [[] for _ in range(count)]
    for each in found:
        item = by_id[each.item_id]
        pairs[each.cohort].append((item, item.options.index(each.option)))
    return [prompts.cohort(each, wording) for each in pairs]
