"""Models steered to people and cohorts by virtual tokens, and how far that gets."""

NAME = "ip-steered"


def register() -> None:
    """Make `ip-steered` a model that lm-eval finds by its name."""
    from lm_eval.api.registry import model_registry
    from lm_eval.models import MODEL_MAPPING

    target = "ip_bench.steering.model:SteeredLM"
    MODEL_MAPPING[NAME] = target
    if NAME not in model_registry:
        model_registry.register(NAME, target=target)
