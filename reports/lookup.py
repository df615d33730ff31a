"""Finding rows and words in results.json: which row is meant, and what a group is called.

Imports analysis.results and tongue only.  Never computes a statistic; a missing row is None,
never a guess.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from analysis.results import Results, Row

from .tongue import VI, Tongue

Domain = tuple[tuple[str, str], ...]
EVERYBODY: Domain = ()
NAMED_GROUPS, NAMED_GROUPS_EN = "Nhóm đối tượng nêu riêng", "Groups named one by one"

# Words of Row.method for what is printed beside the headline, never instead of it (decisions 2, 4, 8).
_OTHER = frozenset(
    {
        "log",
        "delta",
        "stacked",
        "unbiased",
        "independent",
        "standardised",
        "standardized",
        "simultaneous",
        "comparison",
        "sensitivity",
        "reserves",
    }
)


def is_headline(row: Row) -> bool:
    """False for rows that carry another method than the one that decides the words."""
    return _OTHER.isdisjoint(re.split(r"[^a-z0-9_]+", row.method.lower()))


def why(row: Row, tongue: Tongue = VI) -> str:
    """A row's reason (`Vietnamese | English`) in one language."""
    return tongue.half(row.reason)


def composed(results: Results) -> Results:
    """The same results with every word in NFC, rows by key: the same report whether they come from memory or from a file.

    Phones and Macs send decomposed letters, which look alike and never match.
    """

    def nfc(part: Any) -> Any:
        if isinstance(part, str):
            return unicodedata.normalize("NFC", part)
        if isinstance(part, Mapping):
            return {k: nfc(v) for k, v in part.items()}
        return [nfc(v) for v in part] if isinstance(part, list | tuple) else part

    def row(r: Row) -> Row:
        said = (nfc(r.reason), nfc(r.state))
        return r if said == (r.reason, r.state) else replace(r, reason=said[0], state=said[1])

    rows = tuple(row(r) for r in sorted(results.rows, key=lambda r: r.key))
    return replace(results, rows=rows, texts=nfc(dict(results.texts)))


@dataclass(frozen=True)
class Group:
    """One level of a breakdown: its variable and code, and both labels."""

    variable: str
    code: str
    heading: str
    label: str

    @property
    def domain(self) -> Domain:
        """As rows name it."""
        return ((self.variable, self.code),)


@dataclass(frozen=True)
class Lookup:
    """All questions that a report asks of one results.json.  tongue: the language of what is composed from it."""

    results: Results
    tongue: Tongue = VI

    @property
    def texts(self) -> Mapping[str, Any]:
        """Every word the data side sends along."""
        return self.results.texts

    @cached_property
    def _by(self) -> Mapping[tuple[Any, ...], tuple[Row, ...]]:
        found: dict[tuple[Any, ...], list[Row]] = {}
        for row in sorted(self.results.rows, key=lambda r: r.key):
            name = (row.kind, row.indicator, row.estimand, row.wave, row.base_wave, row.domain, row.category)
            found.setdefault(name, []).append(row)
        return {k: tuple(v) for k, v in found.items()}

    @cached_property
    def waves(self) -> tuple[int, ...]:
        """The waves that have rows, in order."""
        return tuple(sorted({r.wave for r in self.results.rows} | {r.base_wave for r in self.results.rows if r.base_wave}))

    @property
    def wave(self) -> int:
        """The wave of this report: the last."""
        return self.waves[-1]

    @property
    def base(self) -> int | None:
        """The first wave, when there are two."""
        return self.waves[0] if len(self.waves) > 1 else None

    def _pick(self, *name: Any) -> Row | None:
        rows = self._by.get(name, ())
        plain = [r for r in rows if is_headline(r)]
        return plain[0] if plain else None

    def level(self, indicator: str, wave: int, domain: Domain = EVERYBODY) -> Row | None:
        """The level of an indicator in a wave, whichever estimand it has."""
        for estimand in ("mean", "proportion", "ratio", "total"):
            row = self._pick("level", indicator, estimand, wave, None, domain, "")
            if row is not None:
                return row
        return None

    def share(self, indicator: str, wave: int, category: str, domain: Domain = EVERYBODY) -> Row | None:
        """The share of one category."""
        return self._pick("share", indicator, "proportion", wave, None, domain, category)

    def change(self, indicator: str, estimand: str, domain: Domain = EVERYBODY) -> Row | None:
        """The change between the two waves: estimand diff or rel; None with one wave."""
        return self._pick("change", indicator, estimand, self.wave, self.base, domain, "") if self.base else None

    def variant(self, indicator: str, estimand: str, word: str, domain: Domain = EVERYBODY) -> Row | None:
        """A change by another method, for example `standardised` or `simultaneous`."""
        kinds = ("change", "contrast")
        rows = [r for kind in kinds for r in self._by.get((kind, indicator, estimand, self.wave, self.base, domain, ""), ())]
        named = [r for r in rows if word in f"{r.method} {r.interval}".lower()]
        return named[0] if named else None

    def kept(self, indicator: str) -> Row | None:
        """Hamlets kept from an earlier wave minus fresh ones, in the last wave (decision 11)."""
        found = self._by.get(("contrast", indicator, "diff", self.wave, None, EVERYBODY, "kept"), ())
        return found[0] if found else None

    def others(self, indicator: str) -> tuple[Row, ...]:
        """Changes of everybody by methods that decide nothing, in key order."""
        kinds = ("change", "contrast")
        rows = (r for r in self.results.rows if r.kind in kinds and r.indicator == indicator and not r.domain)
        return tuple(sorted((r for r in rows if not is_headline(r)), key=lambda r: r.key))

    @property
    def judged(self) -> tuple[str, str]:
        """(indicator, estimand) that the decision, or its draft, judges: the score or the share, relative or absolute."""
        share = str(self.target.get("outcome", "score")) != "score"
        estimand = "diff" if self.target.get("reading") == "points" else "rel"
        return self.compared(self.share_indicator if share else "score"), estimand

    def compared(self, indicator: str) -> str:
        """The indicator that may be compared between waves: without items that changed, where some did (decision 13)."""
        name = f"{indicator}_cmp"
        return name if self.base is not None and self.level(name, self.wave) is not None else indicator

    def verdict(self, domain: Domain = EVERYBODY) -> Row | None:
        """The target row of the reading that is judged; None while none was made."""
        indicator, estimand = self.judged
        return self._pick("target", indicator, estimand, self.wave, self.base, domain, "") if self.base else None

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """Every published breakdown, in the order of the plan; a refused domain has none."""
        return tuple(self._groups())

    def _groups(self) -> Iterator[Group]:
        """Breakdowns first; the groups that the plan names one by one follow under a heading of their own."""
        say = self.tongue.say
        kept = [(v, about) for v, about in self.texts.get("domains", {}).items() if not about.get("refused")]
        for alone in (False, True):
            for variable, about in kept:
                if (len(about["codes"]) == 1) is not alone:
                    continue
                for code, label in about["codes"].items():
                    heading = say(NAMED_GROUPS, NAMED_GROUPS_EN) if alone else self.tongue.label(about["label"])
                    yield Group(variable, code, heading, self.tongue.label(label))

    def present(self, indicator: str, wave: int) -> tuple[Group, ...]:
        """The groups for which this indicator has a row in the wave."""
        return tuple(g for g in self.groups if self.level(indicator, wave, g.domain) is not None)

    def indicator(self, name: str) -> str:
        """The label of an indicator or an item."""
        if name.startswith("item_"):
            item = self.texts.get("items", {}).get(name.removeprefix("item_"))
            return self.tongue.label(item["label"]) if item else name
        about = self.texts.get("indicators", {}).get(name)
        return self.tongue.label(about["label"]) if about else name

    def stratum(self, code: str) -> str:
        """The name of a stratum; its code where the results have no name for it."""
        return self.tongue.label(self.texts.get("strata", {}).get(code)) or code

    def items(self, scale: str) -> tuple[str, ...]:
        """The indicators `item_...` of a scale (K, A, V) that have a row in any wave."""
        known = [f"item_{n}" for n, about in self.texts.get("items", {}).items() if about.get("scale") == scale]
        return tuple(n for n in known if any(self.level(n, w) for w in self.waves))

    def indicators(self, *names: str) -> tuple[str, ...]:
        """Those of the names that have a row for everybody in any wave."""
        return tuple(n for n in names if any(self.level(n, w) for w in self.waves))

    @property
    def target(self) -> Mapping[str, Any]:
        """The decision on target II.3, signed or not."""
        return dict(self.texts.get("target_ii3", {}))

    @property
    def signed(self) -> bool:
        """True once the reading of the target has a document and a date."""
        return bool(self.target.get("signed"))

    @cached_property
    def plan_target(self) -> Mapping[str, Any]:
        """Target II.3 as the plan words it; empty when the results say nothing of it."""
        targets = self.texts.get("plan", {}).get("targets", [])
        return next((t for t in targets if t["id"] == "II.3"), {})

    @cached_property
    def due(self) -> tuple[int, float, float | None] | None:
        """(year, low, high) of target II.3, None when the results do not carry its values."""
        values = self.plan_target.get("values") or {}
        if not values:
            return None
        year = max(values, key=int)
        return int(year), float(values[year]["low"]), values[year].get("high")

    @property
    def baseline(self) -> bool:
        """True when this is one wave alone, in the base year of the plan's comparison (switch A7)."""
        choice = next((str(s["choice"]) for s in self.texts.get("switches", []) if s["id"] == "A7"), "")
        return self.base is None and str(self.wave) in choice

    @property
    def period(self) -> str:
        """`năm 2026`, or `năm 2026 và năm 2030`: what a table of levels covers; `2026`, `2026 and 2030`."""
        return self.tongue.say(" và ".join(f"năm {w}" for w in self.waves), " and ".join(map(str, self.waves)))

    @property
    def share_indicator(self) -> str:
        """The share that belongs to the decision's threshold: `reach60`."""
        return f"reach{int(self.target.get('threshold') or 60)}"


def vi(label: Any) -> str:
    """The Vietnamese of a label; text stays as it is, None is ''."""
    return VI.label(label)


def lower_first(text: str) -> str:
    """`Điểm nhận thức` -> `điểm nhận thức`; abbreviations keep their capitals."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]
