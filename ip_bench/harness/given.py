"""A model that is in memory already: an lm-eval model, or a transformers model with its tokenizer."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from ip_bench.errors import IpBenchError

#: The backend of such a run in its record. Its answers are not kept: nothing says whether the weights are the same
#: in the next cell.
GIVEN = "given"


def given_model(model: Any, tokenizer: Any, arguments: Mapping[str, Any], batch_size: str | int) -> tuple[Any, str]:
    """Return lm-eval's model of an object, and the name that it goes by.

    `arguments` are those of lm-eval's hf backend, of a transformers model only.

    Raises:
        IpBenchError: for a transformers model without a tokenizer, arguments of a model that is one of lm-eval already,
            or an object that is neither.
    """
    from lm_eval.api.model import LM

    if isinstance(model, LM):
        if tokenizer is not None or arguments:
            raise IpBenchError("a model of lm-eval has its tokenizer and arguments; leave tokenizer and model_args out")
        return model, _name(model)
    if not (hasattr(model, "config") and hasattr(model, "generate") and hasattr(model, "device")):
        raise IpBenchError(
            f"model is a {type(model).__name__}; give the name of an lm-eval backend, an lm-eval LM, or a transformers "
            "model with tokenizer="
        )
    if tokenizer is None:
        raise IpBenchError(f"{type(model).__name__} came without its tokenizer; give it as tokenizer=")
    from lm_eval.models.huggingface import HFLM

    logging.getLogger("lm_eval").setLevel(logging.ERROR)  # it warns of any model that is no name
    return HFLM(pretrained=model, tokenizer=tokenizer, batch_size=batch_size, **arguments), _name(model)


def _name(model: Any) -> str:
    """Return what a model calls itself: where its weights are from, else its class."""
    config = getattr(model, "config", None)
    found = getattr(config, "_name_or_path", "") or getattr(model, "pretrained", "")
    return found if isinstance(found, str) and found else type(model).__name__
