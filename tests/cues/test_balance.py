"""How large a message is, for the balance of arms."""

from __future__ import annotations

import pytest

from ip_bench.cues.balance import SIZES, Balance, sizes


@pytest.mark.parametrize("system", ["", "You are a helpful assistant.", " two\n\nlines \u00a0of caf\u00e9 "])
@pytest.mark.parametrize("prompt", ["", "one", " Is\tthis\r\nfour words? "])
def test_the_sizes_of_a_message_are_those_of_its_parts_with_a_blank_line_between(system: str, prompt: str) -> None:
    assert sizes(system, prompt) == Balance(SIZES).measured(f"{system}\n\n{prompt}")
