"""Forms that go out together: each built for one server, with the list files they ask for, written whole or not at all.

Imports build, media and what makes the other lists.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .bank import switches
from .build import Built, build, contents
from .entities import FILE, chooser, entity_files
from .errors import refuse
from .folder import whole
from .load import province_folder
from .lookups import looked_up
from .media import Household, lists, read_hamlets, read_households
from .panel import SWITCH, with_panel
from .province import load_places, load_plan
from .units import read_units, unit_list
from .variant import Listing, Target


@dataclass(frozen=True)
class Sample:
    """The lists of a wave. releases: None = releases.csv beside sample.csv where there is one; panel: persons asked again."""

    sample: Path
    frame: Path
    wave: int
    releases: Path | None = None
    panel: Path | None = None


@dataclass(frozen=True)
class Order:
    """What is to be built. turned_on: switches; every form gets those it has."""

    folders: tuple[Path, ...]
    turned_on: tuple[str, ...] = ()
    target: Target = "central"
    listing: Listing = "attachment"
    languages: tuple[str, ...] = ()
    validated: bool = True
    sample: Sample | None = None
    units: Path | None = None
    province: str = "51"


@dataclass(frozen=True)
class Package:
    """What was built. lists: file name -> content."""

    built: tuple[Built, ...]
    lists: dict[str, bytes] = field(default_factory=dict)

    def notices(self) -> tuple[str, ...]:
        """What a person should know: texts that fall back to Vietnamese, what KoboToolbox will say, lists to add."""
        found = []
        for one in self.built:
            for t in one.variant.languages:
                if t.missing:
                    n = len(t.missing)
                    told = f"{n} văn bản chưa dịch, hiện bằng tiếng Việt / texts not translated, shown in Vietnamese"
                    found.append(f"{one.form.id}, {t.column}: {told} (bdg forms translate status)")
                if t.audio:
                    told = "câu có ghi âm hiện nút loa ở mọi ngôn ngữ, tiếng khác thì im / its sound button is silent elsewhere"
                    found.append(f"{one.form.id}, {t.column}: {told}")
        wanted = {name for one in self.built for name in one.xform.media if name.endswith(".csv")} - set(self.lists)
        if entities := {one.form.id for one in self.built if one.variant.listing == "entities"}:
            wanted.discard(FILE)
            told = "tạo danh sách theo households_list.json trước khi đăng biểu mẫu / make the list on Central first"
            found.append(f"{', '.join(sorted(entities))}: {told}")
        if wanted:
            found.append(f"tải kèm biểu mẫu / upload with the form: {', '.join(sorted(wanted))}")
        return tuple(found)


def package(order: Order, progress: Callable[[str], None] | None = None) -> Package:
    """Build everything, write nothing. BdgError as build, media, panel and units raise it.

    FORM-035 a switch that no form has; FORM-081 entities for forms of which none picks a household; FORM-083 a panel without
    its switch.
    """
    has = {folder: set(switches(folder)) for folder in order.folders}
    for name in order.turned_on:
        if not any(name in own for own in has.values()):
            expected = ", ".join(sorted(set().union(*has.values()))) or "-"
            raise refuse("FORM-035", "--with", expected=expected, got=name, name=name)
    built = []
    for folder in order.folders:
        if progress:
            progress(folder.name)
        own = [name for name in order.turned_on if name in has[folder]]
        built.append(
            build(folder, own, target=order.target, listing=order.listing, languages=order.languages, validated=order.validated)
        )
    if order.listing == "entities" and not any(chooser(one.form) for one in built):
        raise refuse("FORM-081", "--list entities", expected=FILE, got=", ".join(one.form.id for one in built))
    return Package(tuple(built), _lists(order, built))


def write_package(made: Package, out: Path) -> tuple[Path, ...]:
    """Write every file, or none."""
    files = {name: content for one in made.built for name, content in contents(one).items()} | made.lists
    with whole(out) as work:
        for name, content in files.items():
            (work / name).write_bytes(content)
    return tuple(out / name for name in files)


def _lists(order: Order, built: Sequence[Built]) -> dict[str, bytes]:
    """The list files that the built forms ask for."""
    wanted = {name for one in built for name in one.xform.media}
    found: dict[str, bytes] = {}
    if order.sample:
        found |= _sampled(order.sample, order, built)
    if order.units:
        plan = load_plan(province_folder(order.province))
        found["units.csv"] = unit_list(read_units(order.units, [t.id for t in plan.targets]))
    kept = {name: content for name, content in found.items() if name in wanted or name.startswith("households_")}
    if order.listing == "entities":
        kept.pop(FILE, None)  # Central itself serves the list; an attachment of that name would hide it
    return kept


def _sampled(chosen: Sample, order: Order, built: Sequence[Built]) -> dict[str, bytes]:
    households: Sequence[Household] = read_households(chosen.sample, chosen.wave, chosen.releases)
    if chosen.panel:
        if not any(one.form.options.get(SWITCH) for one in built):
            raise refuse("FORM-083", "--panel", expected=f"--with {SWITCH}", got="-")
        households = with_panel(households, chosen.panel, chosen.wave)
    communes = {p.code: p.name for p in load_places(province_folder(order.province))}
    read = looked_up(one.form for one in built)
    found = lists(households, read_hamlets(chosen.frame), communes, read)
    return found | (entity_files(households, tuple(read)) if order.listing == "entities" else {})
