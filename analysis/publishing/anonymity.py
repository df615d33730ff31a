"""k-anonymity of the public microdata: what identifies is shared by five people or more, or is blanked.

Imports pandas.  Works on a copy; a value is kept, made coarser for everybody (age bands), or blanked for a few.

A blank is a value of its own: a class of blanks has five people too.  Every class of a subset of the columns is a union of
classes of all of them, so that k of all columns is k of every subset; `smallest` counts them anyway.
Source: Sweeney (2002) Int. J. Uncertain. Fuzziness 10:557 (k-anonymity); Hundepool et al. (2012), ch. 3 (local suppression).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise

import pandas as pd

K = 5
ZONE, SEX, BAND, GROUP = "stratum", "sex", "ageband", "ethnic2"
QUASI = (ZONE, SEX, BAND, GROUP)
BLANK = ""
LADDER: tuple[tuple[int, ...], ...] = ((15, 31, 60, 80), (15, 31, 60), (15, 60, 80), (15, 60))
"""First years of the age bands, the finest first; the last band is open, so that nobody is told to be older than 80."""


def band(ages: pd.Series[int], starts: Sequence[int]) -> pd.Series[str]:
    """15_30, 31_59, ..., 80 (and over)."""
    names = [f"{a}_{b - 1}" for a, b in pairwise(starts)] + [str(starts[-1])]
    return pd.cut(ages, [*starts, 10_000], right=False, labels=names).astype(str)


def blanked(people: pd.DataFrame, *, k: int = K) -> pd.DataFrame:
    """The people (wave and QUASI) with ethnic group, then age, blanked until every class of a wave has k people.

    Within zone, sex and band the small classes of ethnic group are blanked; where the blanks are fewer than k the next smallest
    class joins them.  The same for age bands within zone and sex.  What is left too small is left: see `smallest`.
    """
    found = people[["wave", *QUASI]].fillna(BLANK).astype(dict.fromkeys(QUASI, object))
    found = _step(found, ["wave", ZONE, SEX, BAND], GROUP, k)
    sizes = found.groupby(["wave", ZONE, SEX, BAND], observed=True)[BAND].transform("size")
    found.loc[sizes < k, GROUP] = BLANK
    return _step(found, ["wave", ZONE, SEX], BAND, k, also=GROUP)


def _step(people: pd.DataFrame, within: list[str], column: str, k: int, also: str = "") -> pd.DataFrame:
    """Small classes of one column blanked within each group; `also` is blanked with it."""
    found = people.copy()
    for _, part in people.groupby(within, observed=True):
        sizes = part[column].value_counts()
        order = sorted(sizes.index, key=lambda code: (sizes[code], code))
        gone = {code for code in order if code == BLANK or sizes[code] < k}
        if gone == {BLANK} and sizes[BLANK] >= k:
            continue
        for code in order:
            if sum(int(sizes[c]) for c in gone) >= k or not gone:
                break
            gone.add(code)
        at = part.index[part[column].isin(gone)]
        found.loc[at, column] = BLANK
        if also:
            found.loc[at, also] = BLANK
    return found


def smallest(people: pd.DataFrame) -> int:
    """People in the smallest class, over every wave and every choice of QUASI columns; 0 of nobody."""
    if not len(people):
        return 0
    choices = [some for n in range(1, len(QUASI) + 1) for some in combinations(QUASI, n)]
    return min(int(people.groupby(["wave", *some], dropna=False, observed=True).size().min()) for some in choices)
