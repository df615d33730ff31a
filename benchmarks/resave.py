"""Word files opened and saved again by LibreOffice: is every paragraph still there, is every number still known?

    .venv/bin/python benchmarks/resave.py out/demo/BaoCao_GIA-LAP.docx [...]

LibreOffice counts table captions itself and writes «Biểu số 1» for «Biểu số 01» (it knows no leading zero of a SEQ field);
nothing else may differ.  Needs soffice; gates nothing.
"""

from __future__ import annotations

import difflib
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from reports.word.members import W, controls, opened, words


def paragraphs(content: bytes) -> list[str]:
    """The text of every paragraph, the leading zero of a caption's number left out."""
    said = (words(p) for p in opened(content, "docx")["word/document.xml"].iter(f"{W}p"))
    return [re.sub(r"Biểu số 0(?=\d)", "Biểu số ", text) for text in said if text.strip()]


def saved_again(path: Path, folder: Path) -> bytes:
    """The bytes that LibreOffice writes."""
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", "docx:MS Word 2007 XML", "--outdir", str(folder), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return (folder / path.name).read_bytes()


def main(names: list[str]) -> int:
    """0 when every file came back with the same words and as many numbers."""
    wrong = 0
    for name in names:
        path = Path(name)
        with tempfile.TemporaryDirectory() as work:
            again = saved_again(path, Path(work))
        before, after = paragraphs(path.read_bytes()), paragraphs(again)
        lines = [
            x for x in difflib.unified_diff(before, after, lineterm="", n=0) if x[:1] in "+-" and x[:3] not in {"+++", "---"}
        ]
        both = (path.read_bytes(), again)
        held = [sum(bool(re.search("[0-9a-f]{12}", h.tag + h.alias)) for h in controls(opened(c, name))) for c in both]
        print(f"{path.name}: {len(before)} paragraphs, {len(lines)} lines differ; numbers {held[0]} -> {held[1]}")
        print("\n".join(lines[:20]))
        wrong += bool(lines) or held[0] != held[1]
    return int(wrong > 0)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
