"""The data of the tradeoff tasks, each pinned to a version, and their few-shot examples."""

from typing import Any

from ip_bench.tasks.pinned import Pinned, reference_rows

identity_v1_0_0 = Pinned("ip-tradeoff", "identity", "1.0.0")
identity_mini_v1_0_0 = Pinned("ip-tradeoff", "identity", "1.0.0", mini=True)
identity_user_v1_0_0 = Pinned("ip-tradeoff", "identity_user", "1.0.0")
identity_user_mini_v1_0_0 = Pinned("ip-tradeoff", "identity_user", "1.0.0", mini=True)
profile_v1_0_0 = Pinned("ip-tradeoff", "profile", "1.0.0")
profile_mini_v1_0_0 = Pinned("ip-tradeoff", "profile", "1.0.0", mini=True)
profile_user_v1_0_0 = Pinned("ip-tradeoff", "profile_user", "1.0.0")
profile_user_mini_v1_0_0 = Pinned("ip-tradeoff", "profile_user", "1.0.0", mini=True)
implicit_v1_0_0 = Pinned("ip-tradeoff", "implicit", "1.0.0")
implicit_mini_v1_0_0 = Pinned("ip-tradeoff", "implicit", "1.0.0", mini=True)
implicit_user_v1_0_0 = Pinned("ip-tradeoff", "implicit_user", "1.0.0")
implicit_user_mini_v1_0_0 = Pinned("ip-tradeoff", "implicit_user", "1.0.0", mini=True)


def answered_rows(docs: Any) -> Any:
    """Keep the reference rows that have a right answer: an example of a refusal would teach whom to refuse."""
    return reference_rows(docs.filter(lambda gold: gold is not None, input_columns="gold"))


def worked(doc: dict[str, Any]) -> str:
    """Return a few-shot answer, in the line that the question asks for."""
    return f"Answer: {doc['choices'][doc['gold']]}"
