"""Queries in a language that an English model doesn't know are noticed, English ones are left in peace."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

from app.search import language
from app.search.language import load_for, unknown_language

CAPTIONS = Path(__file__).resolve().parents[3] / "shared" / "photos" / "everyday" / "captions.tsv"
ENGLISH = ("en",)

DESCRIPTIONS = {
    "de": ["kind mit rotem ball", "sonnenuntergang über dem meer", "hochzeit in der kirche"],
    "fr": ["un chien sur la plage", "deux femmes qui rient", "coucher de soleil sur la mer"],
    "es": ["un perro en la playa", "niño con una pelota roja", "gato durmiendo en el sofá"],
    "it": ["un cane sulla spiaggia", "due donne che ridono", "bambini che giocano in giardino"],
    "nl": ["een hond op het strand", "kind met een rode bal", "kinderen spelen in de tuin"],
    "pl": ["pies na plaży", "dziecko z czerwoną piłką", "mężczyzna w kapeluszu"],
    "tr": ["kırmızı toplu çocuk", "deniz üzerinde gün batımı", "bahçede oynayan çocuklar"],
    "cs": ["dítě s červeným míčem", "západ slunce nad mořem", "kočka spí na gauči"],
    "vi": ["một con chó trên bãi biển", "hai người phụ nữ đang cười", "xe hơi trong tuyết"],
}
QUERIES = [
    *("dog", "beach", "my dog", "dog on the beach", "red car in snow", "kids birthday cake", "grandma", "wedding 2019"),
    *("a man with a hat", "sunset over the sea", "MOUNTAINS AND LAKE", "selfie with cat", "two women laughing", "bbq"),
    *("Paris", "café", "Zürich lake", "Christmas market Nürnberg", "piñata party", "sushi restaurant", "kindergarten"),
    *("IMG_1234", "2019-07", "🏖️", "", "   ", "π day", "10 µm", "las vegas", "san francisco", "naïve painting"),
]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("собака на пляже", "Cyrl"),
        ("собака", "Cyrl"),
        ("狗在沙滩上", "Hani"),
        ("犬が海辺に", "ja"),
        ("강아지", "ko"),
        ("כלב על החוף", "he"),
        ("كلب على الشاطئ", "Arab"),
        ("σκύλος στην παραλία", "el"),
        ("dog собака", "Cyrl"),
    ],
)
def test_another_script_is_certain_even_of_one_word_and_needs_nothing_loaded(
    text: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(language, "_judge", language._Judge())
    assert unknown_language(text, ENGLISH) == told
    assert not language._judge.is_loaded


def test_most_descriptions_in_other_languages_are_noticed_and_called_by_their_name() -> None:
    told = [
        (unknown_language(text, ENGLISH, wait=True), name) for name, texts in DESCRIPTIONS.items() for text in texts
    ]
    noticed = [(one, name) for one, name in told if one is not None]
    assert len(noticed) >= 0.75 * len(told)
    assert sum(one == name for one, name in noticed) >= 0.9 * len(noticed)


@pytest.mark.parametrize("text", QUERIES)
def test_nothing_is_said_of_what_people_ask_in_english(text: str) -> None:
    assert unknown_language(text, ENGLISH, wait=True) is None


@pytest.mark.parametrize("known", [(), ("mul",), ("en", "ru"), ("ru",)])
def test_nothing_is_said_of_models_that_know_more_or_tell_nothing(known: tuple[str, ...]) -> None:
    assert unknown_language("собака на пляже", known, wait=True) is None
    assert unknown_language("un chien sur la plage", known, wait=True) is None


def test_latin_letters_are_passed_over_until_what_judges_them_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language, "_judge", language._Judge())
    assert unknown_language("un chien sur la plage", ENGLISH) is None
    load_for(("mul",))
    assert not language._judge.is_loaded
    load_for(ENGLISH)
    assert unknown_language("un chien sur la plage", ENGLISH) == "fr"


@pytest.mark.skipif(not CAPTIONS.exists(), reason="no captions here")
def test_at_least_99_in_100_everyday_queries_in_english_are_left_in_peace() -> None:
    captions = [line.split("\t")[1].strip() for line in CAPTIONS.read_text(encoding="utf-8").splitlines()]
    words = [re.findall(r"[a-z']+", caption.lower()) for caption in captions]
    single = {word for each in words for word in each}
    pairs = {" ".join(pair) for each in words for pair in pairwise(each)}
    begun = {caption[:length] for caption in captions[::8] for length in range(2, 40, 3)}
    for asked in (set(captions), single, pairs, begun):
        wrong = [text for text in asked if unknown_language(text, ENGLISH, wait=True)]
        assert len(wrong) <= 0.01 * len(asked), wrong[:10]
