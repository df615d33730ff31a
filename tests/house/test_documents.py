"""Documents that people rely on: the changelog's line, one meaning per noun, commands that exist, links that lead somewhere."""

from __future__ import annotations

import re
import shlex
import unicodedata
from collections import Counter
from typing import Any

import pytest
import typer

import bdg
from tests.house.tree import ROOT, tracked

LINE = re.compile(r"(?m)^(?:- )?Published numbers affected: \S.*$")
LINE_VI = re.compile(r"(?m)^(?:- )?Số liệu đã công bố bị ảnh hưởng: \S.*$")


def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _entries() -> dict[str, str]:
    parts = re.split(r"(?m)^## ", _text("CHANGELOG.md"))[1:]
    return {part.splitlines()[0]: part for part in parts}


def test_every_changelog_entry_says_which_published_numbers_move() -> None:
    assert _entries()
    for head, entry in _entries().items():
        assert re.fullmatch(r"\[(?:Unreleased|\d+\.\d+\.\d+)\](?: - \d{4}-\d{2}-\d{2})?", head), head
        assert LINE.search(entry), head
        assert LINE_VI.search(entry), head


def test_the_changelog_knows_the_version() -> None:
    version = re.search(r'(?m)^version = "([^"]+)"', _text("pyproject.toml"))
    assert version
    assert any(head.startswith(f"[{version.group(1)}]") for head in _entries())


def _glossary() -> list[tuple[str, str, str]]:
    rows = []
    for line in _text("GLOSSARY.md").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.startswith("|") else []
        if len(cells) == 3 and not set(cells[0]) <= set("-: ") and cells[0] != "Tiếng Việt":
            rows.append((cells[0], cells[1], cells[2]))
    return rows


@pytest.mark.parametrize("column", [0, 1], ids=["Tiếng Việt", "English"])
def test_one_noun_one_meaning(column: int) -> None:
    heads = Counter(unicodedata.normalize("NFC", row[column]).casefold().strip("`") for row in _glossary())
    assert len(heads) > 40
    assert [head for head, times in heads.items() if times > 1] == []
    assert all(all(row) for row in _glossary())


def _commands(text: str) -> list[str]:
    """Lines `bdg …` of the fenced blocks, continued lines joined, placeholders left as words."""
    found = []
    for block in re.findall(r"(?ms)^```\w*\n(.*?)^```", text):
        for line in block.replace("\\\n", " ").splitlines():
            start = re.match(r"\s*(?:\$ )?(?:\.venv[\\/](?:bin|Scripts)[\\/])?(bdg .*?)(?:\s+#.*)?$", line)
            if start:
                found.append(start.group(1).replace("\\", "/"))
    return found


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "docs/contract.md"])
def test_every_command_shown_exists_with_its_options(page: str) -> None:
    if page == "README.md":
        assert len(_commands(_text(page))) >= 4
    for shown in _commands(_text(page)):
        _exists(shlex.split(shown.replace("[", " ").replace("]", " ").replace("…", "X"))[1:], shown)


def _exists(words: list[str], shown: str) -> None:
    command: Any = typer.main.get_command(bdg.app)
    while words and words[0] in getattr(command, "commands", {}):
        command = command.commands[words.pop(0)]
    assert not getattr(command, "commands", {}), shown
    options = {name for p in command.params for name in (*p.opts, *p.secondary_opts)}
    unknown = [word for word in words if word.startswith("--") and word.partition("=")[0] not in {*options, "--help"}]
    assert unknown == [], shown


def test_every_relative_link_leads_to_a_file() -> None:
    broken = []
    for page in (p for p in tracked() if p.suffix == ".md"):
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
            if "://" not in target and not (page.parent / target).exists():
                broken.append((page.relative_to(ROOT).as_posix(), target))
    assert broken == []


def test_vietnamese_comes_first() -> None:
    for name in ("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "CHANGELOG.md", "docs/errors.md"):
        head = "".join(_text(name).splitlines(keepends=True)[:8])
        assert re.search(r"[ăâđêôơưĂÂĐÊÔƠƯạảấầẩẫậắằẳẵặẹẻẽếềểễệ]", head), name


def test_the_licence_is_whole() -> None:
    text = _text("LICENSE")
    assert "Version 2.0, January 2004" in text
    assert "9. Accepting Warranty or Additional Liability" in text
    assert 'license = "Apache-2.0"' in _text("pyproject.toml")
