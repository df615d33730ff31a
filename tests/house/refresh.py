"""Write again what is made from the tree: ARCHITECTURE.md's inventory and docs/errors.md.

python -m tests.house.refresh (from the root of the checkout).
"""

from __future__ import annotations

from tests.house import error_page, inventory


def main() -> None:
    """Rewrite both pages; say which changed."""
    current = inventory.PAGE.read_text(encoding="utf-8")
    for path, before, after in (
        (inventory.PAGE, current, inventory.page(current)),
        (error_page.PAGE, error_page.PAGE.read_text(encoding="utf-8") if error_page.PAGE.exists() else "", error_page.page()),
    ):
        path.write_text(after, encoding="utf-8", newline="\n")
        print(f"{'đã ghi / wrote' if before != after else 'không đổi / unchanged'} {path.name}")  # noqa: T201


if __name__ == "__main__":
    main()
