"""The benchmarks at sizes that say nothing of speed: they run, compare like with like, and say what is not there."""

import importlib
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch):
    """Return a function that imports a module of the benchmarks; none of them stays imported."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    before = set(sys.modules)
    yield importlib.import_module
    for name in [name for name in set(sys.modules) - before if (BENCHMARKS / f"{name}.py").exists()]:
        del sys.modules[name]


def test_a_row_says_its_ratio_and_whether_its_target_is_met(module):
    ratios = module("ratios")
    rows = [
        ratios.Row("cues", "120,000 rows/s", "a regex", "600 rows/s", 200.0, ">= 50x", met=True),
        ratios.Row("start", "500 ms", "python", "40 ms", 0.08, "< 400 ms", met=False),
        ratios.Row("votes", "2.0 s", "another package", "not installed"),
    ]
    assert ratios.table(rows).splitlines()[2:] == [
        "| cues | 120,000 rows/s | a regex | 600 rows/s | 200 | >= 50x | yes |",
        "| start | 500 ms | python | 40 ms | 0.08 | < 400 ms | **no** |",
        "| votes | 2.0 s | another package | not installed | - | - | - |",
    ]


def test_the_page_has_a_section_for_every_benchmark(module):
    run, ratios = module("run"), module("ratios")
    results = {
        one.module: ratios.Result(f"what {one.module} found\n", [ratios.Row(one.module, "1 s")]) for one in run.SECTIONS
    }
    page = run.page(results)
    assert page.count("\n## ") == len(run.SECTIONS)
    for one in run.SECTIONS:
        assert (BENCHMARKS / f"{one.module}.py").exists()
        assert f"| {one.module} | 1 s |" in page
        assert page.index(f"## {one.title}") < page.index(f"what {one.module} found")


def test_the_plain_command_gives_the_same_results(module, dataset: Path):
    runner = module("runner")
    found = runner.result(documents=300, repetitions=1, data=dataset)
    assert "Metrics are the same, samples are the same." in found.text
    (row,) = found.rows
    assert row.what.endswith("results the same")
    assert row.ratio > 0


def test_the_path_to_the_gpu_on_a_very_small_model(module, dataset: Path):
    found = module("gpu").result(tiny=True, device="cpu", data=dataset)
    assert "48 documents" in found.text
    (row,) = found.rows
    assert row.theirs.endswith("tokens/s")
    assert row.met is None  # the target is of the large model


def test_without_a_gpu_the_benchmark_says_so(module, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    (row,) = module("gpu").result().rows
    assert row.theirs == "not measured: no GPU here"


def test_peers_that_are_not_installed_are_named(module, monkeypatch: pytest.MonkeyPatch):
    factorization, sentences = module("factorization"), module("sentences")
    for one in (factorization, sentences):
        monkeypatch.setattr(one, "find_spec", lambda name: True if name == "ip_bench" else None)
    rows = factorization.result(people=300).rows + sentences.result(count=20).rows
    assert len(rows) == 3
    assert all("not installed" in row.theirs and "ip-bench[bench]" in row.theirs for row in rows)


def population(published):
    """Return 400 items, three quarters of them answered alike in both arms."""
    import numpy as np

    right = np.tile([*[[0, 0], [1, 1]] * 3, [0, 1], [1, 0]], (50, 1)).astype(float)
    return published.Population("a model", right)


def test_an_effect_is_planted_on_published_answers(module):
    import numpy as np

    published = module("published")
    people = population(published)
    for effect in (0.0, 0.05):
        answers = np.concatenate(
            [published.drawn(people, effect, 500, published.generator("test", effect, batch)) for batch in range(4)]
        )
        difference = answers[..., 0] - answers[..., 1]
        sd, raised, base = published.moments(people, effect)
        assert difference.mean() == pytest.approx(effect, abs=0.003)  # of 1,000,000 pairs
        assert difference.std() == pytest.approx(sd, abs=0.003)
        assert answers[..., 0].var() == pytest.approx(raised, abs=0.003)
        assert answers[..., 1].var() == pytest.approx(base, abs=0.003)


def test_designs_on_published_answers_keep_their_error_and_power(module, monkeypatch: pytest.MonkeyPatch):
    published = module("published")
    monkeypatch.setattr(published, "RUNS", 1_000)
    found = published.measure(population(published))
    assert all(error < 0.075 for error in found.error.values())
    assert all(0.74 < power < 0.86 for power in found.power.values())
    assert found.sequential[1] < found.calls.paired < found.calls.unpaired


def test_without_published_responses_the_benchmark_says_so(module, tmp_path: Path):
    found = module("published").result(tmp_path / "none")
    assert [row.theirs for row in found.rows] == ["the published responses are not at hand (IP_BENCH_SHARED)"]


def known(informed, people):
    """Return the items of a population, each answered by three models as by it, one in four of the pairs turned."""
    import numpy as np

    rng = informed.generator("test", "others")
    turned = rng.random((len(people.right), 3, 2, 1)) < 0.25
    others = np.where(turned, people.right[:, None, None, ::-1], people.right[:, None, None, :])
    return informed.Known(people, 0, others, np.zeros((len(people.right), 1)))


def test_items_drawn_unequally_estimate_the_plain_mean(module):
    import numpy as np

    informed = module("informed")
    people = population(informed)
    chance = informed.chances(informed.expected(known(informed, people)))
    assert chance.sum() == pytest.approx(1)
    assert chance.min() * len(chance) >= informed.UNIFORM
    often = people.right[:, 0] != people.right[:, 1]
    assert chance[often].min() > 2 * chance[~often].max()
    for effect in (0.0, 0.05):
        rngs = [informed.generator("test", effect, batch) for batch in range(4)]
        difference = np.concatenate([informed.weighted(people, chance, effect, 500, rng) for rng in rngs])
        assert difference.mean() == pytest.approx(effect, abs=0.003)  # of 1,000,000 pairs
    assert difference.var() == pytest.approx(informed.variance(people, chance), rel=0.02)
    assert informed.variance(people, chance) < informed.variance(people, np.full(len(chance), 1 / len(chance)))


def test_what_is_expected_of_a_model_is_learned_from_the_others_alone(module):
    informed = module("informed")
    one = known(informed, population(informed))
    own = one.population._replace(right=one.population.right.copy())
    own.right[:100] = 1
    assert (informed.expected(one._replace(population=own)) == informed.expected(one)).all()
    assert (informed.hindsight(one._replace(population=own)) != informed.hindsight(one)).any()


def test_no_design_does_with_less_than_the_floor(module, monkeypatch: pytest.MonkeyPatch):
    informed = module("informed")
    monkeypatch.setattr(informed, "RUNS", 1_000)
    found = informed.measure(known(informed, population(informed)))
    assert found.without.staged < 0.075
    assert 0.74 < found.planned.staged < 0.86
    assert found.floor * found.variance < found.planned.calls / found.unpaired < 0.45
