"""The fixed words of the survey protocol, read from words.yaml: templates in both languages, without a single number.

Imports yaml and question (Label).  A hole `{name}` is filled by the report from the values that travel with the template in
results.json, so every number and every proper name of the document stands in the results.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from forms.question import Label

Pair = dict[str, str]
FILE = Path(__file__).with_name("words.yaml")


@cache
def templates() -> Mapping[str, tuple[str, str]]:
    """Key -> (tiếng Việt, English), letters in NFC."""
    import yaml

    raw = yaml.safe_load(unicodedata.normalize("NFC", FILE.read_text(encoding="utf-8")))
    return {key: (said["vi"], said["en"]) for key, said in raw.items()}


def pair(label: Label) -> Pair:
    """Both languages of a label, as results.json carries them."""
    return {"vi": label.vi, "en": label.en}
