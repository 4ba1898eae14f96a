"""What stands for what a test has not: a model, an endpoint, a hub; and which blocks cannot run here, and why."""

from __future__ import annotations

import re

#: Pages that go on where another one ended: the files of that one are there.
AFTER = {"docs/my_own_items.md": "docs/my_own_cue.md"}

#: Text of a command, and what stands for it; `{model}` and `{endpoint}` are made by the test.
INSTEAD = (
    ("--model-args pretrained=ORG/MODEL", "--model-args pretrained={model}"),
    ("--model_args pretrained=ORG/MODEL", "--model_args pretrained={model}"),
    ("http://localhost:8000/v1/chat/completions", "{endpoint}/chat/completions"),
    ("--device cuda:0", "--device cpu"),
)

#: Commands that run with an option more, which makes them small.
SMALLER = (
    (r"lm-eval run --tasks my_", "--gen_kwargs max_gen_toks=4"),
    (r"ip-bench run --model hf .*--suite mini --task", "--limit 1 --no-log-likelihood"),
    (r"ip-bench run --dataset (scots_answers|design).yaml", "--no-log-likelihood --batch-size 64 --max-gen-toks 8"),
    (r"ip-bench run --model local-chat-completions (?!.*--dry-run)", "--limit 1 --task ip_cues_cultural_mini"),
    (r"ip-bench run .*--probe", "--task ip_cues_cultural_mini"),
)

#: The same of Python blocks: a design of a hundred rows for a task of thousands.
INSTEAD_IN_PYTHON = {
    "docs/python.md": (
        'suite="mini",\n    tasks=["ip_cues_names_mini"],',
        'dataset="{root}/docs/examples/parents.yaml",\n    log_likelihood=False,',
    )
}

_LONG = "takes minutes; its own tests run it"
_DATA = "needs data that is not in the repository"
_HUB = "speaks to the hub; its own tests run it against a hub on the loopback"
_GPU = "needs GPUs or vLLM"
_OTHER = "of a run that the page does not make"

#: Commands that are not run but given to the parser that they are for: every option exists, every value has its type.
PARSED = (
    (r"--model vllm|accelerate launch|parallelize|--engine ray", _GPU),
    (r"ip-bench (publish|diff|submit|withdraw)|ip-bench tasks export|ip-bench leaderboard", _HUB),
    (r"ip-bench (cross|cohorts fit|steer|mitigate|probe|judge-audit|selfcheck|doctor)", _LONG),
    (r"ip-bench build (?!scots_answers|design)", _LONG),
    (r"ip-bench refusals --(fit|judge)", _DATA),
    (r"ip-bench (analyze OUT|report OUT|samples runs|analyze runs|report runs/m )", _OTHER),
    (r"ip-bench run .*(--dataset ip-(tradeoff|bounds|education|echo)|--sequential)", "as one that runs, of other rows"),
    (r"ip-bench run (?!.*--suite|.*--dataset|.*--limit|.*--dry-run)", "a whole run; the mini suite stands for it"),
    (r"lm-eval run (?!.*--tasks my_)", "lm-eval reads its own 14,000 tasks first; tests/harness runs these"),
)  # fmt: skip

#: Commands that nothing here can run or parse.
LEFT = (
    (r"^make \w+$", "sets up an environment; its target is looked for in the Makefile"),
    (r"^git clone|^\. \.venv|^pip install|^hf auth|^inspect eval|^export OPENAI|^cd ", "not of this package"),
)

#: Python blocks that need what a test has not; their imports are made, and the rest is compiled.
IMPORTED = {
    "docs/adapters.md": _DATA,
    "docs/building_at_scale.md": _LONG,
    "docs/judge_audit.md": _DATA,
    "docs/personas_cohorts.md": _DATA,
    "docs/publish_dataset.md": _HUB,
    "docs/samples.md": "tests/samples runs it on runs of its own",
    "docs/tradeoff.md": _LONG,
}


def reason(table: tuple[tuple[str, str], ...], text: str) -> str:
    """Return what the first matching row of a table says, "" where none matches."""
    return next((said for pattern, said in table if re.search(pattern, text)), "")
