"""An edited Word file read back: what was changed, deleted, copied or broken is named, nothing else; the file stays as it is."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner
from word_small import DRAWN, document, edited, results

from analysis.results import Results, Row
from forms.errors import BdgError
from reports import numbers, word
from reports.cli import app
from reports.word.readback import Finding, verify, written

CONTROL = re.compile(r'<w:sdt><w:sdtPr><w:alias w:val="[^"]*"/><w:tag w:val="([^"]*)"/>.*?</w:sdt>', re.DOTALL)


@pytest.fixture(scope="module")
def kept() -> Results:
    return results()


@pytest.fixture(scope="module")
def file(kept: Results) -> bytes:
    return word.write(document(kept))


def row(kept: Results, indicator: str, wave: int, **more: object) -> Row:
    named = {"kind": "level", "domain": (), "indicator": indicator, "wave": wave, **more}
    return next(r for r in kept.rows if all(getattr(r, k) == v for k, v in named.items()))


def only(found: tuple[Finding, ...]) -> Finding:
    assert len(found) == 1, found
    return found[0]


def test_a_new_file_agrees(file: bytes, kept: Results) -> None:
    found = verify(file, kept)
    assert found.findings == ()
    assert found.checked == len(CONTROL.findall(_text(file))) > 60


def _text(file: bytes) -> str:
    import io

    with zipfile.ZipFile(io.BytesIO(file)) as z:
        return z.read("word/document.xml").decode()


def test_a_changed_number_in_a_sentence_is_named_with_sentence_and_row(file: bytes, kept: Results) -> None:
    score = row(kept, "score", 2030)
    assert score.estimate is not None
    right = numbers.quantity(score.estimate, "point")
    changed = edited(file, lambda t: t.replace(f"<w:t>{right}</w:t>", "<w:t>99,9 điểm</w:t>", 1))
    f = only(verify(changed, kept).findings)
    assert (f.kind, f.says, f.wanted, f.tag) == ("differs", "99,9 điểm", right, f"{score.key}:estimate:point:1")
    assert f.where.startswith("I. KẾT QUẢ · Năm 2030, điểm nhận thức")
    assert "người trả lời" in f.where


def test_a_changed_number_in_a_table_is_named_with_table_and_line(file: bytes, kept: Results) -> None:
    men = row(kept, "score", 2026, domain=(("sex", "male"),))
    assert men.lower is not None
    mark = f'w:val="{men.key}:lower::1"'
    at = _text(file).index(mark)
    low = numbers.number(men.lower)
    changed = edited(file, lambda t: t[:at] + t[at:].replace(f"<w:t>{low}</w:t>", "<w:t>0,1</w:t>", 1))
    f = only(verify(changed, kept).findings)
    assert (f.kind, f.says, f.wanted) == ("differs", "0,1", low)
    assert f.where == "Biểu số 01 · Nam"


def test_results_that_changed_are_named_number_by_number(file: bytes, kept: Results) -> None:
    score = row(kept, "score", 2030)
    assert score.estimate is not None
    moved = replace(score, estimate=score.estimate + 1)
    newer = replace(
        kept, rows=tuple(moved if r is score else r for r in kept.rows), digests=dict(kept.digests) | {"data": "f" * 64}
    )
    found = verify(file, newer).findings
    assert {f.tag.split(":")[0] for f in found if f.kind == "differs"} == {score.key}
    assert [f.where for f in found if f.kind == "version"] == ["data"]
    assert {f.wanted for f in found if f.kind == "differs"} <= {
        numbers.quantity(score.estimate + 1, "point"), numbers.number(score.estimate + 1)
    }  # fmt: skip


def test_a_number_that_may_no_longer_be_published_is_told_without_saying_it(file: bytes, kept: Results) -> None:
    score = row(kept, "score", 2030)
    hidden = replace(kept, rows=tuple(replace(r, publish="hide", estimate=None) if r is score else r for r in kept.rows))
    found = verify(file, hidden).findings
    assert {f.kind for f in found} == {"hidden"}
    assert {f.wanted for f in found} == {""}


def test_a_deleted_number_is_missed(file: bytes, kept: Results) -> None:
    target = row(kept, "reach60", 2030, domain=(("sex", "male"),))
    at = _text(file).index(f'w:val="{target.key}:n::0"')
    start = _text(file).rindex("<w:sdt>", 0, at)
    gone = edited(file, lambda t: t[:start] + CONTROL.sub("<w:r><w:t>999</w:t></w:r>", t[start:], count=1))
    f = only(verify(gone, kept).findings)
    assert (f.kind, f.says, f.wanted) == ("removed", "0/1", numbers.whole(target.n))
    assert "sex=male" in f.where


def test_a_copied_paragraph_is_told(file: bytes, kept: Results) -> None:
    text = _text(file)
    at = text.index(f'w:val="{numbers.text_key(DRAWN)}:text::0"')
    start, stop = text.rindex("<w:p>", 0, at), text.index("</w:p>", at) + len("</w:p>")
    found = verify(edited(file, lambda t: t[:stop] + t[start:stop] + t[stop:]), kept).findings
    f = only(found)
    assert (f.kind, f.says, f.wanted) == ("repeated", "3/2", "1.500")
    assert f.where.split(" | ") == ["1. Cỡ mẫu · Mẫu có 1.500 hộ", "Biểu số 03 · Số hộ được chọn vào mẫu"]


@pytest.mark.parametrize("tag", ["0123456789ab:estimate:point", "0123456789ab:mean:point:1", "0123456789ab:estimate:point:x"])
def test_a_broken_tag_is_told(file: bytes, kept: Results, tag: str) -> None:
    score = row(kept, "score", 2030)
    broken = edited(file, lambda t: t.replace(f'"{score.key}:estimate:point:1"', f'"{tag}"', 1))
    assert [f.kind for f in verify(broken, kept).findings] == ["broken", "removed"]


def test_an_emptied_number_is_told(file: bytes, kept: Results) -> None:
    score = row(kept, "score", 2030)
    at = _text(file).index(f'"{score.key}:estimate:point:1"')
    emptied = edited(file, lambda t: t[:at] + re.sub("<w:t>.*?</w:t>", "<w:t></w:t>", t[at:], count=1))
    assert [f.kind for f in verify(emptied, kept).findings] == ["broken"]


def test_rows_of_another_run_are_unknown(file: bytes, kept: Results) -> None:
    score = row(kept, "score", 2030)
    fewer = replace(kept, rows=tuple(r for r in kept.rows if r is not score))
    assert {f.kind for f in verify(file, fewer).findings} == {"unknown"}
    real = replace(kept, practice=False)
    assert [(f.kind, f.says, f.wanted) for f in verify(file, real).findings] == [("version", "số liệu giả lập", "số thật")]


def test_tracked_changes_count_as_a_reader_sees_them(file: bytes, kept: Results) -> None:
    """Deleted words are no words; inserted ones are; a new run, a dash of another kind or a hard space changes nothing."""
    score = row(kept, "score", 2030)
    at = _text(file).index(f'"{score.key}:estimate:point:1"')
    assert score.estimate is not None
    said = numbers.quantity(score.estimate, "point")

    def track(new: str) -> bytes:
        made = (
            f'<w:del w:id="1" w:author="x"><w:r><w:delText>{said}</w:delText></w:r></w:del>'
            f'<w:ins w:id="2" w:author="x"><w:r><w:t>{new[:2]}</w:t></w:r><w:r><w:t>{new[2:]}</w:t></w:r></w:ins>'
        )
        return edited(file, lambda t: t[:at] + t[at:].replace(f"<w:r><w:t>{said}</w:t></w:r>", made, 1))

    assert verify(track(said.replace(" ", "\u00a0")), kept).findings == ()
    assert only(verify(track("12,3 điểm"), kept).findings).says == "12,3 điểm"


def test_an_editor_that_keeps_only_the_alias_is_understood(file: bytes, kept: Results) -> None:
    """LibreOffice 7.4 drops the tag of a content control and keeps its alias."""
    score = row(kept, "score", 2030)
    assert score.estimate is not None
    saved = edited(file, lambda t: re.sub(r'<w:tag w:val="[^"]*"/>', "", t))
    assert verify(saved, kept).findings == ()
    right = numbers.quantity(score.estimate, "point")
    changed = edited(saved, lambda t: t.replace(f"<w:t>{right}</w:t>", "<w:t>1,0 điểm</w:t>", 1))
    assert only(verify(changed, kept).findings).wanted.startswith(numbers.number(score.estimate))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(which=st.integers(0, 10**6), digit=st.integers(0, 9))
def test_any_changed_digit_is_seen(file: bytes, kept: Results, which: int, digit: int) -> None:
    text = _text(file)
    controls = list(CONTROL.finditer(text))
    control = controls[which % len(controls)]
    said = re.search(r"<w:t>([^<]*)</w:t>", control[0])
    assert said is not None
    digits = [i for i, c in enumerate(said[1]) if c.isdigit()]
    if not digits or said[1][digits[which % len(digits)]] == str(digit):
        return
    place = control.start() + said.start(1) + digits[which % len(digits)]
    f = only(verify(edited(file, lambda t: t[:place] + str(digit) + t[place + 1 :]), kept).findings)
    assert (f.kind, f.tag, f.wanted) == ("differs", control[1], said[1])


@given(value=st.floats(-1e6, 1e6), decimals=st.integers(0, 3), unit=st.sampled_from(sorted(numbers.SUFFIX)))
def test_a_number_is_written_by_its_tag_as_sentences_write_it(value: float, decimals: int, unit: str) -> None:
    assert written(value, f"0123456789ab:estimate:{unit}:{decimals}") == numbers.quantity(value, unit, decimals)


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "REP-023"), (b"PK\x05\x06" + bytes(18), "REP-023"), (b"not a zip", "REP-023")],
)  # fmt: skip
def test_what_is_no_word_file_is_refused(kept: Results, content: bytes, code: str) -> None:
    with pytest.raises(BdgError) as error:
        verify(content, kept)
    assert [p.code for p in error.value.problems] == [code]


def test_a_file_that_brings_entities_or_no_number_is_refused(file: bytes, kept: Results) -> None:
    bomb = '<!DOCTYPE w [<!ENTITY a "aaaa">]>'
    out = edited(file, lambda t: t.replace("?>", f"?>{bomb}", 1))
    bare = word.write(replace(document(kept), blocks=document(kept).blocks[-1:], annexes=()))
    for content, code in ((out, "REP-023"), (bare, "REP-024")):
        with pytest.raises(BdgError) as error:
            verify(content, kept)
        assert [p.code for p in error.value.problems] == [code]


def test_the_command_lists_and_ends_with_3_and_leaves_the_file(file: bytes, kept: Results, tmp_path: Path) -> None:
    source, report = tmp_path / "results.json", tmp_path / "BaoCao.docx"
    source.write_bytes(kept.json_bytes())
    report.write_bytes(file)
    done = CliRunner().invoke(app, ["verify", str(report), str(source)], catch_exceptions=False)
    assert (done.exit_code, done.stdout) == (0, "")
    assert "0 chỗ không khớp" in done.stderr
    wrong = edited(file, lambda t: t.replace("<w:t>1.500</w:t>", "<w:t>1.600</w:t>", 1))
    report.write_bytes(wrong)
    done = CliRunner().invoke(app, ["verify", str(report), str(source)], catch_exceptions=False)
    assert done.exit_code == 3
    assert "1.600" in done.stdout
    assert "1.500" in done.stdout
    assert report.read_bytes() == wrong
    assert sorted(p.name for p in tmp_path.iterdir()) == ["BaoCao.docx", "results.json"]


@pytest.mark.parametrize("missing", ["BaoCao.docx", "results.json"])
def test_a_file_that_is_not_there_is_refused(file: bytes, kept: Results, tmp_path: Path, missing: str) -> None:
    (tmp_path / "results.json").write_bytes(kept.json_bytes())
    (tmp_path / "BaoCao.docx").write_bytes(file)
    (tmp_path / missing).unlink()
    with pytest.raises(BdgError) as error:
        CliRunner().invoke(app, ["verify", str(tmp_path / "BaoCao.docx"), str(tmp_path / "results.json")], catch_exceptions=False)
    assert error.value.exit_code == 2
