"""What the drawn pictures have in common: colours, and masks with smooth edges."""

from __future__ import annotations

from functools import cache

from PIL import Image, ImageDraw

Colour = tuple[int, int, int]
Size = tuple[int, int]
#: Where something is pasted, and its mask.
Masked = tuple[tuple[int, int, int, int], Image.Image]

WHITE, LAMP = (255, 255, 255), (255, 226, 150)


def mixed(one: Colour, other: Colour, part: float) -> Colour:
    """A colour between two others."""
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(one, other, strict=True))
    return red, green, blue


def gradient(top: Colour, bottom: Colour, size: Size) -> Image.Image:
    """A picture with one colour at its top, and another at its bottom."""
    ends = Image.new("RGB", (1, 2), top)
    ends.putpixel((0, 1), bottom)
    column = ends.resize((1, size[1]), Image.Resampling.BILINEAR, box=(0, 0.5, 1, 1.5))
    return column.resize(size, Image.Resampling.NEAREST)


def masked(points: list[tuple[float, float]], size: Size) -> Masked:
    """The box of a shape and its smooth mask, which is drawn at twice its size. The points are parts of the picture."""
    mask = Image.new("L", (size[0] * 2, size[1] * 2))
    ImageDraw.Draw(mask).polygon([(x * mask.width, y * mask.height) for x, y in points], fill=255)
    mask = mask.reduce(2)
    box = mask.getbbox() or (0, 0, *size)
    return box, mask.crop(box)


@cache
def glow(size: int) -> Image.Image:
    """A mask that fades from its middle to its sides."""
    # Pillow's gradient is 255 in the corners. This one ends at the sides.
    gradient = Image.radial_gradient("L").resize((size, size))
    return gradient.point(lambda value: int(max(0, 1 - value / 180) ** 2.2 * 160))


@cache
def disc(size: int) -> Image.Image:
    """A mask: a smooth disc."""
    mask = Image.new("L", (size * 4, size * 4))
    ImageDraw.Draw(mask).ellipse((0, 0, size * 4 - 1, size * 4 - 1), fill=255)
    return mask.reduce(4)
