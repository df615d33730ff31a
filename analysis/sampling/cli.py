"""bdg analysis sample …: parse, call, say what was written.  No logic, no question asked; heavy imports inside the commands."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Khung mẫu, cỡ mẫu, chọn mẫu, phương án khảo sát. (Frame, size, draw, protocol.)")

_OUT = Annotated[Path, typer.Option("--out", help="Thư mục ghi kết quả (output folder)")]
_PROVINCE = Annotated[str, typer.Option(help="Mã tỉnh (province)")]
_FRAME = Annotated[Path, typer.Option(help="frame.csv")]
_LINKS = Annotated[Path | None, typer.Option(help="psu_links.csv (mặc định: cạnh frame.csv)")]
_SAMPLE = Annotated[Path, typer.Option(help="sample.csv")]
_SEED = Annotated[int, typer.Option(help="Số gieo (seed)")]


def _say(written: tuple[Path, ...]) -> None:
    for path in written:
        typer.echo(f"đã ghi / wrote {path}")


@app.command()
def practice(
    out: _OUT,
    seed: _SEED = 1,
    psus: Annotated[int, typer.Option(help="Số địa bàn mỗi kỳ (PSUs a wave)")] = 60,
    households: Annotated[int, typer.Option(help="Số hộ mỗi địa bàn (households a PSU)")] = 23,
    province: _PROVINCE = "51",
) -> None:
    """Dàn mẫu giả lập và mẫu hai kỳ, có đóng dấu tập huấn. (A stamped synthetic frame and the sample of two waves.)"""
    from forms import load_places, province_folder

    from .practice import practice as draw
    from .practice import write_practice

    made = draw(load_places(province_folder(province)), seed, psus=psus, households=households)
    _say(write_practice(made, out))


_RELEASES = Annotated[Path | None, typer.Option(help="releases.csv (mặc định: cạnh sample.csv)")]
_DATA = Annotated[Path | None, typer.Option(help="Phiếu đã gửi về, để đối chiếu (submissions so far)")]
_WAVE = Annotated[int, typer.Option(help="Kỳ khảo sát (wave)")]


@app.command()
def release(
    sample: _SAMPLE,
    wave: _WAVE,
    psu: Annotated[str, typer.Option(help="Mã địa bàn (PSU)")],
    household: Annotated[str, typer.Option(help="Số của hộ được thay (household to be replaced)")],
    reason: Annotated[str, typer.Option(help="Mã kết quả của phiếu: nobody_home, refused, moved… (result code of the form)")],
    visits: Annotated[int, typer.Option(help="Số lần đã đến (visits made)")],
    who: Annotated[str, typer.Option(help="Mã điều tra viên (enumerator code)")],
    day: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Ngày (mặc định: hôm nay; default: today)")] = None,
    releases: _RELEASES = None,
    data: _DATA = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ghi thật; không có thì chỉ xem trước (write, not only preview)")] = False,
    province: _PROVINCE = "51",
) -> None:
    """Cấp một hộ dự phòng thay một hộ, có lý do và số lần đến. (Release one reserve household.)"""
    from .reserve_use import release_lines
    from .supervision import append, propose

    path = releases or sample.with_name("releases.csv")
    when = day.date() if day else date.today()  # noqa: DTZ011  the day on the office's own clock
    case = propose(sample, path, data, wave, psu, household, reason, visits, who, when, province=province)
    for text in release_lines(case.line, case.rules, case.done):
        typer.echo(text)
    if not yes:
        typer.echo("xem trước, chưa ghi gì; thêm --yes để cấp (preview, nothing written; --yes releases it)")
        return
    append(path, case.line)
    typer.echo(f"đã ghi / wrote {path}")


@app.command()
def reserves(
    sample: _SAMPLE,
    wave: _WAVE,
    releases: _RELEASES = None,
    data: _DATA = None,
    province: _PROVINCE = "51",
) -> None:
    """Hộ dự phòng đã dùng: theo địa bàn, lý do, điều tra viên; chỗ cần xem lại. (Use of reserves, findings; 3 if red.)"""
    from .reserve_use import finding_lines, use_lines
    from .supervision import review

    seen = review(sample, releases or sample.with_name("releases.csv"), data, wave, province=province)
    for text in (*use_lines(seen.table, seen.rules), *finding_lines(seen.findings)):
        typer.echo(text)
    if any(f.severity == "red" for f in seen.findings):
        raise typer.Exit(3)


@app.command()
def frame(
    frame: _FRAME,
    out: _OUT,
    links: _LINKS = None,
    previous: Annotated[Path | None, typer.Option(help="frame.csv của kỳ trước (the frame before)")] = None,
    on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Khung ngày nào (the frame on a day)")] = None,
    province: _PROVINCE = "51",
) -> None:
    """Kiểm tra khung thôn, tổ dân phố và các liên kết giữa hai kỳ. (Checks the frame and its links; 3 if a finding is red.)"""
    from .check import check_frame, told, write_checked

    checked = check_frame(frame, links, previous=previous, province=province, day=on.date() if on else None)
    written = write_checked(checked, out)
    for text in told(checked):
        typer.echo(text)
    _say(written)
    if any(f.severity == "red" for f in checked.findings):
        raise typer.Exit(3)


@app.command()
def protocol(
    out: _OUT,
    frame: Annotated[Path | None, typer.Option(help="frame.csv: phân bổ mẫu theo tầng (sample by stratum)")] = None,
    record: Annotated[Path | None, typer.Option(help="draw.json: mẫu đã chọn (the record of a draw)")] = None,
    province: _PROVINCE = "51",
) -> None:
    """Phương án khảo sát để trình duyệt: results.json; rồi «bdg reports protocol». (The survey protocol as results.)"""
    from rich.progress import Progress

    from ..protocol.files import made, write

    with Progress(transient=True) as bar:
        task = bar.add_task("phương án", total=None)
        results = made(province, frame=frame, record=record, progress=lambda words: bar.update(task, description=words))
    _say(write(out, results))


@app.command("list")
def list_sample(
    units: Annotated[Path, typer.Option("--list", help="list.csv: danh sách đơn vị, cán bộ, doanh nghiệp (the list)")],
    n: Annotated[list[str], typer.Option(help="Số cần chọn: 40, hoặc TẦNG=20 cho từng tầng (total, or STRATUM=20 each)")],
    out: _OUT,
    method: Annotated[str, typer.Option(help="srs | systematic | pps (theo cỡ; by size)")] = "srs",
    rule: Annotated[str, typer.Option(help="Phân bổ: proportional | power (allocation)")] = "proportional",
    take: Annotated[list[str] | None, typer.Option(help="Tầng lấy toàn bộ (stratum taken whole)")] = None,
    seed: _SEED = 1,
    known: Annotated[Path | None, typer.Option("--units", help="units.csv: mọi mã phải có ở đây (ids must be there)")] = None,
    province: _PROVINCE = "51",
) -> None:
    """Mẫu từ danh sách, ghi mã chứ không ghi tên. (A sample from a list of institutions: ids, never names.)"""
    from .lists import counts_of, known_ids, plan_of, write_draw

    plan = plan_of(counts_of(n), method, rule, tuple(take or ()))
    _say(write_draw(units, plan, seed, out, known_ids(known, province) if known else None))


_DAY = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="Khung ngày nào (the frame on a day; mặc định: lần thay đổi cuối trong khung)"),
]


@app.command()
def draw(
    frame: _FRAME,
    out: _OUT,
    wave: _WAVE,
    seed: Annotated[int | None, typer.Option(help="Số gieo của kỳ gốc, được công bố (seed of the base wave, public)")] = None,
    links: _LINKS = None,
    previous: Annotated[Path | None, typer.Option(help="Kỳ sau: sample.csv đã chọn (the sample so far)")] = None,
    record: Annotated[Path | None, typer.Option(help="Kỳ sau: draw.json của lần chọn trước (the record)")] = None,
    seal: Annotated[Path | None, typer.Option(help="Kỳ sau: restricted/seal.json (mật; the secret of the base draw)")] = None,
    secret_file: Annotated[Path | None, typer.Option(help="Kỳ gốc: tệp bí mật để lặp lại được bản niêm phong (repeats)")] = None,
    spreads: Annotated[Path | None, typer.Option(help="stratum,spread cho allocation neyman, power (spread by stratum)")] = None,
    day: _DAY = None,
    psus: Annotated[int | None, typer.Option(help="Số địa bàn, thay survey.yaml (PSUs)")] = None,
    households: Annotated[int | None, typer.Option(help="Số hộ mỗi địa bàn, thay survey.yaml (households)")] = None,
    reserves: Annotated[int | None, typer.Option(help="Số hộ dự phòng mỗi địa bàn, thay survey.yaml (reserves)")] = None,
    preview: Annotated[bool, typer.Option("--preview", help="Chỉ in bảng phân bổ, không chọn mẫu (allocation only)")] = False,
    province: _PROVINCE = "51",
) -> None:
    """Phân bổ và chọn mẫu một kỳ theo survey.yaml; kỳ sau cần bản ghi và bản niêm phong. (Allocates and draws a wave.)

    Đưa cho ai / who may have what: draw.json công khai ngay (public at once); sample.csv của kỳ gốc cho nhóm khảo sát (survey
    team); field_<năm>.csv cho từng đội vào ngày đầu ở địa bàn, không sớm hơn (each team on its first day in the field);
    restricted/ chỉ người giữ niêm phong, đến khi kỳ sau thu thập xong (keepers of the seal only, until fieldwork is over).
    """
    from . import issuing, proposal

    on = day.date() if day else None
    order = proposal.Order(
        frame, wave, seed, links, previous, record, seal, secret_file, spreads, on, psus, households, reserves, province
    )
    plan = proposal.proposed(order)
    for text in issuing.preview(plan):
        typer.echo(text)
    if preview:
        return
    done = issuing.issued(plan, order)
    written = issuing.write_issued(done, out, order)  # first: nobody may publish the commitment of a seal that was not kept
    for text in issuing.told(done):
        typer.echo(text)
    _say(written)


@app.command()
def size(
    out: _OUT,
    psus: Annotated[int | None, typer.Option(help="Số địa bàn mỗi kỳ (hamlets a wave)")] = None,
    households: Annotated[int | None, typer.Option(help="Số hộ mỗi địa bàn (households a hamlet)")] = None,
    outcome: Annotated[str | None, typer.Option(help="Chỉ tiêu trong survey.yaml: score, reach60 (outcome)")] = None,
    baseline: Annotated[float | None, typer.Option(help="Số liệu gốc, 0 - 100 (baseline)")] = None,
    sd: Annotated[float | None, typer.Option(help="Độ lệch chuẩn của điểm số (standard deviation)")] = None,
    icc: Annotated[float | None, typer.Option(help="Tương quan trong địa bàn (intraclass correlation)")] = None,
    overlap: Annotated[float | None, typer.Option(help="Tỷ trọng địa bàn giữ lại, 0 - 1 (share kept)")] = None,
    correlation: Annotated[float | None, typer.Option(help="Tương quan của địa bàn giữ lại (of kept hamlets)")] = None,
    weighting: Annotated[float | None, typer.Option(help="Hệ số thiết kế do quyền số, từ 1 (weighting effect)")] = None,
    response: Annotated[float | None, typer.Option(help="Tỷ lệ hộ trả lời, 0 - 1 (response rate)")] = None,
    strata: Annotated[int | None, typer.Option(help="Số tầng (mặc định: theo places.csv)")] = None,
    sides: Annotated[int | None, typer.Option(help="1 hoặc 2 phía (sides; the report's rule has 2)")] = None,
    pooled: Annotated[bool, typer.Option("--pooled", help="Phương sai gộp khi kiểm định tỷ lệ (pooled null variance)")] = False,
    level: Annotated[float | None, typer.Option(help="Độ tin cậy, ví dụ 0.95 (confidence)")] = None,
    power: Annotated[float | None, typer.Option(help="Khả năng yêu cầu, ví dụ 0.8 (power)")] = None,
    group: Annotated[list[str] | None, typer.Option(help="Nhóm, ví dụ area=urban; lặp lại được (group)")] = None,
    cost_cluster: Annotated[float | None, typer.Option(help="Chi phí một địa bàn (cost of a hamlet)")] = None,
    cost_interview: Annotated[float | None, typer.Option(help="Chi phí một phiếu (cost of an interview)")] = None,
    simulate: Annotated[int, typer.Option(help="Số lần mô phỏng cho mỗi chỉ tiêu, nhóm (simulated surveys)")] = 0,
    seed: _SEED = 1,
    province: _PROVINCE = "51",
) -> None:
    """Mẫu dự kiến chứng minh được gì, không chứng minh được gì. (What the planned sample can and cannot prove.)"""
    from ..power.command import size as study_size
    from ..power.options import Options

    options = Options(
        psus, households, outcome, baseline, sd, icc, overlap, correlation, weighting, response, sides, level, power,
        tuple(group or ()), cost_cluster, cost_interview, strata, pooled,
    )  # fmt: skip
    made = study_size(province, options, out, simulate=simulate, seed=seed)
    typer.echo(made.said)
    _say(made.written)
