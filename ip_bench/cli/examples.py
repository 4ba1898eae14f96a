"""Examples of every command: shown by `--help`, tried by a test, printed in the reference."""

from __future__ import annotations

from typing import NamedTuple


class Example(NamedTuple):
    """What a command line is for ("" where the example before says it), and the line, which may be broken."""

    words: str
    command: str


def examples(name: str) -> tuple[Example, ...]:
    """Return the examples of a command ("run", "cue apply"), none of one that has none here."""
    found = []
    for part in _EXAMPLES.get(name, "").strip().removeprefix("# ").split("\n# "):
        words, *commands = part.split("\n$ ")
        found += [Example(words if not place else "", command) for place, command in enumerate(commands)]
    return tuple(found)


def epilog(name: str) -> str | None:
    """Return the examples of a command as the end of its help, in rich's markup; None where there is none."""
    from rich.markup import escape

    found = [
        (f"[dim]# {escape(one.words)}[/]\n" if one.words else "") + f"$ {escape(one.command)}" for one in examples(name)
    ]
    return "[bold]Examples[/]\n" + "\n".join(found) if found else None


_EXAMPLES = {
    "doctor": """
# is everything here, for no model in particular?
$ ip-bench doctor
# can this model be asked?
$ ip-bench doctor --model hf --model-args pretrained=ORG/MODEL
# does this endpoint answer? One small request is sent
$ ip-bench doctor --model local-chat-completions --model-args \\
    model=NAME,base_url=http://localhost:8000/v1/chat/completions --json
""",
    "run": """
# no model at all, in a minute: answers with planted effects
$ ip-bench run --model simulated --suite mini
# an open model on a GPU
$ ip-bench run --model hf --model-args pretrained=ORG/MODEL --device cuda:0 \\
    --batch-size auto --suite mini
# an endpoint, eight requests at once; a key is read from OPENAI_API_KEY
$ ip-bench run --model local-chat-completions --model-args \\
    model=NAME,base_url=http://HOST:8000/v1/chat/completions,num_concurrent=8
# what would it take, and cost?
$ ip-bench run --model vllm --model-args pretrained=ORG/MODEL \\
    --dataset ip-tradeoff --dry-run --price 0.15,0.60
# the same again as a finished run, of another checkpoint
$ ip-bench run --config runs/latest/config.yaml --out runs/second \\
    --model-args pretrained=ORG/OTHER
""",
    "selfcheck": """
# do planted effects come back through transformers on this machine?
$ ip-bench selfcheck --device cpu --task ip_cues_names_mini
# does the model without effects come out as equivalent?
$ ip-bench selfcheck --reference null --device cpu
# without torch: the simulated model
$ ip-bench selfcheck --reference simulated --task ip_cues_names_mini
""",
    "build": """
# the first dataset, into data/ip-cues
$ ip-bench build
# two of them, or all
$ ip-bench build ip-tradeoff ip-bounds
$ ip-bench build all --workers 4
""",
    "cross": """
# every item in every template and arm
$ ip-bench cross ip-tradeoff --out data/cross
# two configs, one split, eight processes
$ ip-bench cross ip-tradeoff/identity ip-tradeoff/profile --out data/cross \\
    --split test --workers 8
# on a Ray cluster
$ ip-bench cross ip-tradeoff/identity --out /shared/cross --engine ray \\
    --address auto
""",
    "cue apply": """
# to British spelling
$ echo '{"id": 1, "text": "The color of it."}' |
    ip-bench cue apply --family spelling --level uk
# as a control, three typos in each text of a file
$ ip-bench cue apply --family typo --level 3 < texts.jsonl > turned.jsonl
# words of your own
$ ip-bench cue apply --lexicon my.yaml --level formal < texts.jsonl
""",
    "diff": """
# what a new build changes
$ ip-bench diff data/ip-cues new/ip-cues
# against the hub
$ ip-bench diff ORG/ip-cues@v2.0.0 data/ip-cues --json
""",
    "analyze": """
# the effects again, at another margin, without the model
$ ip-bench analyze runs/latest --margin 0.03
# samples that lm-eval logged, as JSON
$ ip-bench analyze OUT --json
# with code that the model wrote, run confined
$ ip-bench analyze runs/tradeoff --allow-code
""",
    "report": """
# report.html, from an analysis
$ ip-bench report runs/latest
# for a pull request, a paper and other programs
$ ip-bench report runs/latest --format md,tex,json
# the pictures, too
$ ip-bench report runs/latest --plots
""",
    "compare": """
# did the new checkpoint change?
$ ip-bench compare runs/first runs/second
# two others beside the first, as a page
$ ip-bench compare runs/a runs/b runs/c --format html --out compared.html
""",
    "samples": """
# refusals to one arm, run by run
$ ip-bench samples runs --where arm=uk --where kind=refused \\
    --columns run,item_id,response
# mean outcomes by model and arm
$ ip-bench samples runs --by model,arm --columns uk \\
    --where task=ip_cues_cultural
# everything, as one file
$ ip-bench samples runs --out samples.parquet
""",
    "effects": """
# every contrast of a table of scores
$ ip-bench effects scores.csv --item question --arm persona --outcome right
# with the realizations of the cue, and a placebo
$ ip-bench effects scores.csv --item question --arm persona --outcome right \\
    --realization name --placebo irrelevant --json
""",
    "plan": """
# how many items find three points?
$ ip-bench plan --effect 0.03
# the same, with what a pilot run says
$ ip-bench plan --effect 0.03 --from runs/pilot --budget 500 --budget 1000
""",
    "reproduce": """
# published statistics from the study's own responses
$ ip-bench reproduce jin2024 --data responses/
""",
    "probe": """
# which layers hold the asker's words?
$ ip-bench probe --model-args pretrained=ORG/MODEL --device cuda:0
# Irish words, as JSON into a file
$ ip-bench probe --model-args pretrained=ORG/MODEL --arm ie --out probe.json
""",
    "refusals": """
# label completions, with counts by model on standard error
$ ip-bench refusals < completions.jsonl > labels.jsonl
# learn from labeled ones, and use that
$ ip-bench refusals --fit labeled.jsonl --save judge.json
$ ip-bench refusals --judge file:judge.json < completions.jsonl > labels.jsonl
""",
    "judge-audit": """
# how good are the rules?
$ ip-bench judge-audit --data labeled.jsonl
# a classifier of transformers, its record kept for `analyze --judge-audit`
$ ip-bench judge-audit --data labeled.jsonl --judge classifier:ORG/MODEL \\
    --meaning REJECT=full_refusal --out audit.json
""",
    "publish": """
# as one commit and one tag
$ ip-bench publish ip-cues --namespace ORG
# as a pull request
$ ip-bench publish ip-cues --namespace ORG --pr
""",
    "submit": """
# look at it first; nothing is sent
$ ip-bench submit --results runs/latest --model-id ORG/MODEL \\
    --results-repo ORG/results --dataset-repo ORG/ip-cues --dry-run
# as pull requests
$ ip-bench submit --results runs/latest --model-id ORG/MODEL \\
    --results-repo ORG/results --pr
""",
    "withdraw": """
# what would be taken back?
$ ip-bench withdraw --model-id ORG/MODEL --results-repo ORG/results \\
    --reason "wrong chat template" --dry-run
""",
    "leaderboard": """
# of two runs, into the folder site
$ ip-bench leaderboard runs/first runs/second --out site
""",
    "tasks-path": """
# our tasks in lm-eval alone
$ lm-eval run --tasks ip_cues --include_path "$(ip-bench tasks-path)" \\
    --model hf --model_args pretrained=ORG/MODEL
$ ip-bench tasks-path
""",
    "tasks export": """
# tasks that load the published dataset
$ ip-bench tasks export --namespace ORG --out tasks/
""",
    "cohorts fit": """
# votes of a Polis conversation
$ ip-bench cohorts fit votes/ --format polis
# a survey, with a page to look at
$ ip-bench cohorts fit survey.csv --format wide --items q1,q2,q3,q4 \\
    --html cohorts.html
""",
    "steer train": """
# on a thousand synthetic people
$ ip-bench steer train --model-args pretrained=ORG/MODEL --data 1000 \\
    --format population --out steered
# on a survey of your own
$ ip-bench steer train --model-args pretrained=ORG/MODEL --data survey.csv \\
    --format wide --out steered
""",
    "steer eval": """
# of people whom nothing was learned from
$ ip-bench steer eval steered --model-args pretrained=ORG/MODEL --data 1000 \\
    --format population
""",
    "steer align": """
# whom does a model answer like by itself?
$ ip-bench steer align --model-args pretrained=ORG/MODEL --data survey.csv \\
    --format wide
""",
    "steer run": """
# the soft arms of ip-personas, of one answer each
$ ip-bench steer run steered --model-args pretrained=ORG/MODEL --answers 1
""",
    "steer tax": """
# what steering costs in safety and utility
$ ip-bench steer tax runs/plain runs/steered
""",
    "mitigate conditions": """
# what `run --mitigation` takes
$ ip-bench mitigate conditions
""",
    "mitigate build-pairs": """
# from a model's own answers
$ ip-bench mitigate build-pairs --run runs/tradeoff --out pairs
# from pairs that others made
$ ip-bench mitigate build-pairs --from hub:ORG/NAME@COMMIT --out pairs
""",
    "mitigate train": """
# an adapter, on a GPU
$ ip-bench mitigate train --pairs pairs --model ORG/MODEL --out adapter
""",
    "mitigate rewrite": """
# messages without who asks; then: ip-bench run --rewrites rewrites.jsonl ...
$ ip-bench mitigate rewrite --model hf --model-args pretrained=ORG/MODEL \\
    --out rewrites.jsonl
""",
    "mitigate compare": """
# bias removed, and what was paid for it
$ ip-bench mitigate compare runs/plain runs/ignored runs/tuned \\
    --html bias.html
""",
    "bounds check": """
# a shipped policy, and one of your own
$ ip-bench bounds check bank
$ ip-bench bounds check my_policy.yaml
""",
    "bounds compile": """
# as a system prompt
$ ip-bench bounds compile bank
# for a guard model
$ ip-bench bounds compile bank --to guard
""",
    "bounds resolve": """
# which rule wins?
$ ip-bench bounds resolve bank --wish manner.emoji=none --in GB
""",
}
