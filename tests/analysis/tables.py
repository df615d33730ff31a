"""Microdata as a Markdown table inside a test, so that a figure can be worked out beside the rows it comes from."""

from __future__ import annotations

import pandas as pd

from analysis.design import Design, DfRule, Lonely, LonelyRule, Place

_NUMBERS = ("weight", "y", "x")


def people(table: str) -> pd.DataFrame:
    """A row a person.  '-' is an empty cell; wave is a whole number, weight, y and x are numbers, all else is text."""
    lines = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in table.strip().splitlines()]
    header, rows = lines[0], [line for line in lines[1:] if not set("".join(line)) <= {"-", ":"}]
    frame = pd.DataFrame([[None if cell == "-" else cell for cell in row] for row in rows], columns=header)
    for name in _NUMBERS:
        if name in frame.columns:
            frame[name] = pd.to_numeric(frame[name])
    return frame.astype({"wave": int})


def design(sampled: tuple[Place, ...] | None = None, rule: LonelyRule = "certainty", df: DfRule = "domain") -> Design:
    """The plan's design over the columns of such a table."""
    return Design("stratum", "psu", "weight", "wave", Lonely(rule, rule), df, sampled)
