"""Write again what is made from the tree: the inventory of ARCHITECTURE.md, pages of docs/, the table of docs/instruments.md.

python -m tests.house.refresh (from the root of the checkout).
"""

from __future__ import annotations

from tests.forms import instrument_rows
from tests.house import error_page, inventory, methods_page


def main() -> None:
    """Rewrite the pages; say which changed."""
    for path, made in (
        (inventory.PAGE, lambda: inventory.page(inventory.PAGE.read_text(encoding="utf-8"))),
        (error_page.PAGE, error_page.page),
        (methods_page.PAGE, methods_page.page),
        (
            instrument_rows.PAGE,
            lambda: instrument_rows.page(instrument_rows.PAGE.read_text(encoding="utf-8"), instrument_rows.shipped()),
        ),
    ):
        before, after = path.read_text(encoding="utf-8") if path.exists() else "", made()
        path.write_text(after, encoding="utf-8", newline="\n")
        print(f"{'đã ghi / wrote' if before != after else 'không đổi / unchanged'} {path.name}")  # noqa: T201


if __name__ == "__main__":
    main()
