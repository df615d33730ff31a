"""The inventory in ARCHITECTURE.md lists every module once and says what the tree says."""

from __future__ import annotations

import re
from collections import Counter

from tests.house import inventory
from tests.house.tree import ROOT, modules


def test_every_module_stands_in_the_inventory_exactly_once() -> None:
    text = inventory.PAGE.read_text(encoding="utf-8").partition(inventory.BEGIN)[2].partition(inventory.END)[0]
    listed = Counter(re.findall(r"^\| `([^`]+\.py)` \|", text, re.MULTILINE))
    assert listed == Counter(m.path for m in modules())


def test_the_inventory_is_what_the_tree_says() -> None:
    current = inventory.PAGE.read_text(encoding="utf-8")
    assert current == inventory.page(current), "python -m tests.house.refresh"


def test_every_path_that_the_page_names_exists() -> None:
    """Words in backticks that look like a path of this checkout."""
    text = inventory.PAGE.read_text(encoding="utf-8").partition(inventory.BEGIN)[0]
    named = set(re.findall(r"`((?:forms|analysis|reports|tests|docs|notebooks)/[\w./-]*)`", text))
    assert named
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_purpose_is_the_first_sentence() -> None:
    first = modules()[0]
    assert inventory.purpose(first)
    assert not inventory.purpose(first).endswith(".")
