"""Policies as data: the shipped ones are whole, broken ones are refused with line and fix, the order decides."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ip_bench.bounds.compiled import TARGETS, authority, compiled, system_prompt
from ip_bench.bounds.faults import misread
from ip_bench.bounds.policy import Policy, base, load, shipped
from ip_bench.bounds.resolve import Request, resolve, wished
from ip_bench.bounds.rules import Rule
from ip_bench.bounds.scopes import scopes
from ip_bench.bounds.taxonomy import entries
from ip_bench.errors import ContentError, IpBenchError, UnknownNameError
from ip_bench.schemas import validator
from ip_bench.yamls import read_yaml

ORGANIZATIONS = {
    "bank", "broadcaster", "gamestudio", "helpline", "hospital", "languageschool", "newsroom", "prosecutor", "retailer",
    "tutor",
}  # fmt: skip
HEAD = """policy: shop
organization: Corner Shop
jurisdiction: any
setting: You answer customers of a shop.
rules:
"""
SOUND = """  - id: shop.no-ratings
    tier: 2
    actor: application_provider
    modality: restrict
    scope: content.competitors
    text: Do not rate other shops.
    serves: [I.R.3]
  - id: shop.length
    tier: 2
    actor: application_provider
    modality: require
    scope: manner.length
    at_most: 100
    text: Keep it under 100 words.
    serves: [I.B.1]
  - id: shop.tone
    tier: 2
    actor: application_provider
    modality: prefer
    scope: manner.tone
    value: friendly
    text: Be friendly.
    serves: [I.B.4]
    overridable_by: [user]
"""


def rule(name="shop.more", tier=2, actor="application_provider", modality="require", scope="say.ai", more=""):
    lines = [
        f"  - id: {name}", f"    tier: {tier}", f"    actor: {actor}", f"    modality: {modality}",
        f"    scope: {scope}", "    text: Some more words.", "    serves: [I.B.1]",
        *(f"    {one}" for one in more.split(";") if one),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


USER = {"tier": 3, "actor": "user"}
#: What is added to a sound policy, and what the error must name: the line of the added rule or value, and the fix.
BROKEN = {
    "a wish for what the organization forbids": (
        rule(**USER, scope="content.competitors"), ":30:", "widens tier 2", "may only narrow"),
    "a wish for longer answers": (
        rule(**USER, scope="manner.length", more="at_most: 300"), ":30:", "allows 300 words",
        "shop.length allows 100"),
    "a wish against a requirement of length": (
        rule(**USER, scope="manner.length", more="at_least: 200"), ":30:", "at least 200 words", "at most 100"),
    "an organization that asks for what the law forbids": (
        rule(scope="harm.fraud"), ":30:", "widens tier 1", "base.fraud forbids harm.fraud"),
    "a wish that undoes a requirement": (
        rule() + rule("shop.quiet", **USER, modality="restrict"), ":37:", "undoes tier 2", "shop.more asks for say.ai"),
    "two contradicting requirements": (
        rule(scope="manner.spelling", more="value: british")
        + rule("shop.other", scope="manner.spelling", more="value: american"), ":38:", "both in tier 2", "drop one"),
    "a requirement of what the same tier forbids": (
        rule(scope="content.competitors"), ":30:", "both in tier 2", "shop.no-ratings forbids content.competitors"),
    "a circle": (
        rule(more="overridable_by: [shop.other]")
        + rule("shop.other", scope="say.risk", more="overridable_by: [shop.more]"),
        ":30:", "circle: shop.more -> shop.other -> shop.more", "take one out"),
    "an unknown scope": (rule(scope="say.hello"), ":34:", "unknown scope 'say.hello'", "say.ai"),
    "an unknown taxonomy item": (
        rule().replace("[I.B.1]", "[I.B.9]"), ":36:", "unknown taxonomy item 'I.B.9'", "I.B.1"),
    "an unknown tier": (rule(tier=4), ":31:", "tier", "4 is not one of [1, 2, 3]"),
    "an actor of another tier": (rule(actor="user"), ":32:", "user sets no rules of tier 2", "application_provider"),
    "a law that may be set aside": (
        rule(tier=1, actor="state", modality="restrict", scope="harm.fraud", more="overridable_by: [user]"), ":37:",
        "overridable by nobody", "leave overridable_by out"),
    "a law that prefers": (
        rule(tier=1, actor="state", modality="prefer", scope="harm.fraud"), ":33:", "prefers nothing", "use restrict"),
    "overridable by nobody who exists": (
        rule(more="overridable_by: [shop.nothing]"), ":30:", "'shop.nothing'", "name an actor"),
    "overridable from above": (rule(more="overridable_by: [state]"), ":30:", "state of none below it", "name user"),
    "a rule twice": (rule("shop.tone"), ":30:", "is there twice", "another id"),
    "a rule of another policy": (rule("bank.tone2"), ":30:", "call it shop.tone2"),
    "a manner without a value": (rule(scope="manner.tone"), ":34:", "formal"),
    "a value that a manner does not have": (
        rule(scope="manner.tone", more="value: loud"), ":37:", "unknown value 'loud'", "formal, friendly"),
    "a measure without a bound": (rule(scope="manner.length"), ":34:", "needs at_most or at_least, in words"),
    "a value of a statement": (rule(more="value: loud"), ":37:", "has no value", "leave it out"),
    "a bound that nothing meets": (
        rule(scope="manner.items", more="at_least: 5;at_most: 3"), ":37:", "at_least 5 is more than at_most 3"),
    "an unknown jurisdiction": (rule(more="jurisdiction: [XX]"), ":37:", "unknown jurisdiction 'XX'", "ISO 3166"),
    "every value forbidden": (
        rule(modality="restrict", scope="manner.humor", more="value: none")
        + rule("shop.other", modality="restrict", scope="manner.humor", more="value: welcome"), ":38:",
        "forbid every value of manner.humor", "leave one"),
    "a preference that nobody may change": (
        rule(modality="prefer", scope="manner.emoji", more="value: none"), ":33:", "gives way to users",
        "overridable_by: [user]"),
    "terms that are no words": (rule(more="keeps: [{kind: mentions, terms: [yes]}]"), ":37:", "True is no text"),
    "patterns that are no list": (rule(more="keeps: [{kind: matches, patterns: abc}]"), ":37:", "patterns is a list"),
    "Norway as YAML reads it": (rule(more="jurisdiction: [NO]"), ":37:", "in quotation marks"),
    "an unknown check": (rule(more="keeps: [{kind: sings}]"), ":37:", "unknown check kind 'sings'", "mentions"),
    "a pattern that is none": (
        rule(more='keeps: [{kind: matches, patterns: ["("]}]'), ":37:", "is no pattern"),
    "a key that is none": (rule(more="weight: 3"), ":30:", "'weight' was unexpected", "keys are: id, tier"),
    "a rule without a text": (
        rule().replace("    text: Some more words.\n", ""), ":30:", "'text' is a required property; add it"),
}  # fmt: skip


def write(folder: Path, text: str) -> Path:
    path = folder / "shop.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_policies_are_the_ten_and_each_forbids_and_requires():
    assert shipped().keys() == ORGANIZATIONS
    for policy in shipped().values():
        modalities = [one.modality for one in policy.rules]
        assert min(map(modalities.count, ("restrict", "require"))) >= 4, policy.policy_id
        assert {one.tier for one in policy.rules} == {2}
        assert all(set(one.serves) <= entries().keys() for one in policy.rules)
    assert {one.tier for one in base().rules} == {1}


def test_the_taxonomy_has_8_benefits_and_11_risks():
    sides = [one.side for one in entries().values()]
    assert (sides.count("benefit"), sides.count("risk")) == (8, 11)
    assert all((one.item[0] == "I") == (one.level == "individual") for one in entries().values())


def test_bounds_check_accepts_all_ten_on_the_command_line():
    done = subprocess.run(
        [sys.executable, "-m", "ip_bench.cli", "bounds", "check", "base", *sorted(ORGANIZATIONS)],
        check=False, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("no fault") == 11


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_policy_is_refused_with_the_line_and_the_fix(name, tmp_path):
    added, place, *said = BROKEN[name]
    path = write(tmp_path, HEAD + SOUND + added)
    with pytest.raises(ContentError) as error:
        load(path, (base(),))
    first = str(error.value).splitlines()[0]
    assert f"shop.yaml{place}" in first, first
    for words in said:
        assert words in first, first


def test_a_sound_policy_loads_and_every_fault_of_a_file_is_named_at_once(tmp_path):
    assert len(load(write(tmp_path, HEAD + SOUND), (base(),)).rules) == 3
    path = write(tmp_path, HEAD + SOUND + rule(scope="say.hello") + rule("shop.x", scope="say.nobody"))
    done = subprocess.run(
        [sys.executable, "-m", "ip_bench.cli", "bounds", "check", str(path)],
        check=False, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.count("unknown scope") == 2


def test_what_is_no_policy_is_refused(tmp_path):
    for text in ("", "[]", "policy: shop", "rules: [1"):
        with pytest.raises(ContentError, match=r"shop\.yaml:?\d?"):
            load(write(tmp_path, text))


def test_a_lower_tier_may_narrow(tmp_path):
    narrower = rule(**USER, scope="manner.length", more="at_most: 50") + rule(
        "shop.formal", **USER, scope="manner.tone", more="value: formal"
    )
    policy = load(write(tmp_path, HEAD + SOUND + narrower), (base(),))
    found = resolve(Request(()), [base(), policy])
    assert found.of("shop.more").stands
    assert found.of("shop.formal").stands
    tone = found.of("shop.tone")
    assert not tone.stands
    assert tone.by.rule_id == "shop.formal"


@pytest.mark.parametrize(
    ("wish", "stands", "by"),
    [
        ("advice.financial.investment", False, "bank.no-investment-advice"),
        ("advice.financial", False, "bank.no-investment-advice"),
        ("harm.fraud", False, "base.fraud"),
        ("manner.length>=400", False, "bank.length"),
        ("manner.length<=50", True, None),
        ("manner.emoji=welcome", False, "bank.no-emoji"),
        ("manner.tone=formal", True, None),
        ("!say.ai", False, "bank.say-ai"),
        ("content.sports", True, None),
    ],
)
def test_resolve_says_which_rule_wins_and_why(wish, stands, by):
    ruling = resolve(Request((wished(wish),)), [base(), shipped()["bank"]]).of("user.wish-1")
    assert ruling.stands is stands
    assert (ruling.by.rule_id if ruling.by else None) == by
    assert by is None or by in ruling.because


def restricting(place, name="law.x", tier=1):
    return Rule(name, tier, "state", "restrict", "content.gambling", "No gambling.", jurisdiction=place)


@pytest.mark.parametrize(
    ("place", "asked_in", "stands"),
    [(("NO",), ("NO",), False), (("NO",), ("GB",), True), (("EU",), ("DE",), False), (("EU",), ("GB",), True)],
)
def test_a_rule_holds_where_it_holds(place, asked_in, stands):
    law = Policy("law", "Law", "A state.", (restricting(place),))
    assert resolve(Request((wished("content.gambling"),), asked_in), [law]).of("user.wish-1").stands is stands


def test_a_rule_of_a_member_may_not_widen_one_of_the_union(tmp_path):
    law = Policy("law", "Law", "A union.", (restricting(("EU",)),))
    text = HEAD.replace("jurisdiction: any", "jurisdiction: [DE]") + rule(scope="content.gambling")
    with pytest.raises(ContentError, match="widens tier 1"):
        load(write(tmp_path, text), (law,))


def test_what_falls_sets_nothing_aside(tmp_path):
    tone = rule("shop.tone", modality="prefer", scope="manner.tone", more="value: friendly;overridable_by: [user]")
    playful = rule("shop.nopl", modality="restrict", scope="manner.tone", more="value: playful")
    policy = load(write(tmp_path, HEAD + tone + playful))
    found = resolve(Request((wished("manner.tone=playful"),)), [policy])
    assert not found.of("user.wish-1").stands
    assert found.of("shop.tone").stands


def test_an_example_that_its_checks_misread_is_named(tmp_path):
    text = HEAD + rule(more='keeps: [{kind: emoji, max: 0}];kept: "hi 💳";broken: plain')
    assert [one.split(": ")[1] for one in misread(load(write(tmp_path, text)).rules)] == ["shop.more", "shop.more"]
    assert not [one for policy in shipped().values() for one in misread(policy.rules)]


def test_a_file_of_the_name_of_the_first_tier_is_checked_against_it(tmp_path):
    path = tmp_path / "base.yaml"
    path.write_text(HEAD + rule(scope="harm.fraud"), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "ip_bench.cli", "bounds", "check", str(path)],
        check=False, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 1
    assert "widens tier 1" in done.stderr


@pytest.mark.parametrize(
    "text",
    [
        "",
        "!manner.length<=3",
        "manner.length<=0",
        "manner.length>=" + "9" * 5000,
        "say.ai=3",
        "manner.length=3",
        "manner.tone=loud",
        "nothing at all",
        "say.hello",
    ],
)
def test_a_wish_that_is_none_is_refused(text):
    with pytest.raises(IpBenchError):
        wished(text)


def test_policies_compile_to_each_target():
    bank = shipped()["bank"]
    prompt = system_prompt([bank])
    assert prompt.startswith(bank.setting)
    assert all(one.text in prompt for one in bank.rules)
    spec = compiled([base(), bank], "model-spec")
    assert "{#base_fraud authority=root}" in spec
    assert "{#bank_say_ai authority=developer}" in spec
    assert authority(bank.rule("bank.tone")) == "user"
    assert authority(wished("manner.tone=formal")) == "user"
    guard = compiled([base(), bank], "guard")
    assert guard.count("\nRule: ") == sum(one.modality != "prefer" for one in (*base().rules, *bank.rules))
    with pytest.raises(UnknownNameError, match="system, model-spec, guard"):
        compiled([bank], "poem")
    assert set(TARGETS) == {"system", "model-spec", "guard"}


def test_the_schema_holds_the_shipped_files():
    from importlib import resources

    folder = resources.files("ip_bench.builders.bounds") / "content" / "policies"
    for file in folder.iterdir():
        assert list(validator("policy").iter_errors(json.loads(json.dumps(read_yaml(file).value)))) == []
    assert all(one.kind == "manner" or not (one.values or one.unit) for one in scopes().values())
