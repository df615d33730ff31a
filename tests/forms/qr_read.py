"""A QR code read back by the book (ISO/IEC 18004), sharing nothing with what wrote it: PNG -> modules -> codewords -> text.

Level M, versions 10 to 17, byte mode, no damage: error correction is not needed, its codewords are dropped.  For tests.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

BLOCKS = {
    10: (26, ((4, 43), (1, 44))), 11: (30, ((1, 50), (4, 51))), 12: (22, ((6, 36), (2, 37))), 13: (22, ((8, 37), (1, 38))),
    14: (24, ((4, 40), (5, 41))), 15: (24, ((5, 41), (5, 42))), 16: (28, ((7, 45), (3, 46))), 17: (28, ((10, 46), (1, 47))),
}  # fmt: skip
"""Version -> error-correction codewords a block, and (blocks, data codewords each): table 9 of the standard, level M."""
CENTRES = {
    10: (6, 28, 50), 11: (6, 30, 54), 12: (6, 32, 58), 13: (6, 34, 62), 14: (6, 26, 46, 66), 15: (6, 26, 48, 70),
    16: (6, 26, 50, 74), 17: (6, 30, 54, 78),
}  # fmt: skip
"""Centres of the alignment patterns: table E.1."""


@dataclass(frozen=True)
class Image:
    """One bit a pixel."""

    width: int
    height: int
    rows: tuple[bytes, ...]
    dark: dict[int, bool]

    def at(self, y: int, x: int) -> bool:
        """Whether a pixel is dark."""
        return self.dark[self.rows[y][x // 8] >> (7 - x % 8) & 1]


def pixels(png: bytes) -> Image:
    """A greyscale or two-colour PNG without interlacing."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    at, data, palette = 8, b"", b""
    width = height = depth = colour = 0
    while at < len(png):
        (length,), kind = struct.unpack(">I", png[at : at + 4]), png[at + 4 : at + 8]
        body = png[at + 8 : at + 8 + length]
        assert struct.unpack(">I", png[at + 8 + length : at + 12 + length])[0] == zlib.crc32(kind + body)
        assert kind not in (b"tIME", b"tEXt", b"zTXt", b"iTXt")  # a date or a path would change the bytes
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", body[:10])
        data, palette = data + (body if kind == b"IDAT" else b""), body if kind == b"PLTE" else palette
        at += 12 + length
    assert depth == 1
    assert colour in (0, 3)
    dark = {0: True, 1: False} if colour == 0 else {i: sum(palette[3 * i : 3 * i + 3]) < 384 for i in (0, 1)}
    raw, stride = zlib.decompress(data), 1 + (width + 7) // 8
    rows: list[bytes] = []
    for y in range(height):
        how, line = raw[y * stride], raw[y * stride + 1 : (y + 1) * stride]
        assert how in (0, 2), "filters None and Up"
        above = rows[-1] if how == 2 else bytes(stride - 1)
        rows.append(bytes((a + b) % 256 for a, b in zip(line, above, strict=True)))
    return Image(width, height, tuple(rows), dark)


def modules(image: Image) -> list[list[bool]]:
    """The code's own grid: without the quiet zone, one cell a module."""
    top = left = next(i for i in range(image.width) if image.at(i, i))  # the corner of the first finder pattern
    size = (next(x for x in range(left, image.width) if not image.at(top, x)) - left) // 7
    assert top >= 4 * size
    assert not any(image.at(y, x) for y in range(0, top, size) for x in range(0, image.width, size))
    count = (image.height - 2 * top) // size
    return [[image.at(top + y * size + size // 2, left + x * size + size // 2) for x in range(count)] for y in range(count)]


def _function(version: int, n: int) -> set[tuple[int, int]]:
    """Cells that hold no data."""
    cells = {(y, x) for y in range(9) for x in (*range(9), *range(n - 8, n))} | {
        (y, x) for y in range(n - 8, n) for x in range(9)
    }
    cells |= {(6, i) for i in range(n)} | {(i, 6) for i in range(n)}
    cells |= {(y, x) for y in range(6) for x in range(n - 11, n - 8)} | {(y, x) for y in range(n - 11, n - 8) for x in range(6)}
    for cy in CENTRES[version]:
        for cx in CENTRES[version]:
            if (cy, cx) not in ((6, 6), (6, n - 7), (n - 7, 6)):
                cells |= {(cy + dy, cx + dx) for dy in range(-2, 3) for dx in range(-2, 3)}
    return cells


_MASKS = (
    lambda y, x: (y + x) % 2 == 0, lambda y, _x: y % 2 == 0, lambda _y, x: x % 3 == 0, lambda y, x: (y + x) % 3 == 0,
    lambda y, x: (y // 2 + x // 3) % 2 == 0, lambda y, x: y * x % 2 + y * x % 3 == 0,
    lambda y, x: (y * x % 2 + y * x % 3) % 2 == 0, lambda y, x: ((y + x) % 2 + y * x % 3) % 2 == 0,
)  # fmt: skip


def _bits(grid: list[list[bool]], version: int, mask: int) -> Iterator[int]:
    n, taken = len(grid), _function(version, len(grid))
    up = True
    for right in [x for x in range(n - 1, 0, -2) if x > 6] + [5, 3, 1]:
        for y in range(n - 1, -1, -1) if up else range(n):
            for x in (right, right - 1):
                if (y, x) not in taken:
                    yield int(grid[y][x] != _MASKS[mask](y, x))
        up = not up


def read(png: bytes) -> tuple[str, int]:
    """The text of a code, and its version."""
    grid = modules(pixels(png))
    n = len(grid)
    version, left_over = divmod(n - 17, 4)
    assert left_over == 0
    form = int("".join(str(int(grid[8][x])) for x in (*range(6), 7)), 2) << 8 | int(
        "".join(str(int(grid[y][8])) for y in (8, 7, *range(5, -1, -1))), 2
    )
    form ^= 0b101010000010010
    assert form >> 13 == 0b00, "level M"
    bits = list(_bits(grid, version, form >> 10 & 7))
    words = [int("".join(map(str, bits[i : i + 8])), 2) for i in range(0, len(bits) - 7, 8)]
    ec, groups = BLOCKS[version]
    sizes = [size for count, size in groups for _ in range(count)]
    assert len(words) == sum(sizes) + ec * len(sizes)
    blocks: list[list[int]] = [[] for _ in sizes]
    at = 0
    for turn in range(max(sizes)):
        for block, size in zip(blocks, sizes, strict=True):
            if turn < size:
                block.append(words[at])
                at += 1
    stream = "".join(f"{word:08b}" for block in blocks for word in block)
    assert stream[:4] == "0100", "byte mode"
    length = int(stream[4:20], 2)
    return bytes(int(stream[20 + 8 * i : 28 + 8 * i], 2) for i in range(length)).decode(), version
