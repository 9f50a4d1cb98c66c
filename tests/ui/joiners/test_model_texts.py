"""Models that are for the same are told from each other by their cards."""

from __future__ import annotations

from app.ui.joiners.model_texts import purpose
from app.vision.downloads.manifest import read_manifest


def test_no_two_models_that_oriel_offers_say_the_same_of_themselves(resources):
    models = read_manifest(resources / "models.json")
    names = {model.model_id: model.name for model in models}
    told = [
        purpose(
            model,
            [names[served] for served in model.serves],
            [each.name for each in models if model.model_id in each.serves],
        )
        for model in models
    ]
    assert len(set(told)) == len(models)
    assert not any("dimension" in each for each in told)
    original = told[list(names).index("clip-b32-openai")]
    assert original.endswith("Other languages too, together with CLIP ViT-B/32 texts, multilingual.")
