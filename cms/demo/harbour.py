"""A harbour, drawn at any hour of the day: the subject of every picture and film of the demo pages."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache
from random import Random

from PIL import Image, ImageDraw

from cms.demo.paint import WHITE, Colour, Size, disc, glow, gradient, mixed
from cms.demo.shore import HORIZON, draw_lighthouse, draw_town, ridge, shore

# The hour, and the colours then: the sky above and at the horizon, distant hills, the shore, the sea far off and near.
_HOURS = (
    (0.0, (9, 14, 40), (32, 46, 96), (26, 36, 74), (14, 20, 42), (26, 38, 82), (8, 12, 32)),
    (4.0, (16, 24, 64), (74, 70, 126), (40, 46, 90), (20, 26, 52), (58, 60, 112), (14, 18, 46)),
    (5.5, (52, 66, 134), (240, 146, 122), (92, 80, 126), (44, 42, 74), (206, 130, 124), (36, 44, 88)),
    (7.0, (104, 160, 214), (255, 216, 164), (128, 142, 172), (62, 82, 92), (226, 196, 170), (52, 96, 136)),
    (10.0, (84, 160, 222), (204, 232, 244), (118, 158, 170), (62, 112, 98), (130, 190, 212), (34, 98, 142)),
    (16.0, (78, 152, 220), (212, 232, 240), (120, 156, 168), (66, 112, 94), (132, 190, 212), (36, 96, 140)),
    (19.0, (92, 116, 188), (255, 206, 140), (142, 116, 140), (76, 66, 84), (232, 178, 140), (58, 74, 122)),
    (20.5, (56, 48, 112), (238, 112, 88), (98, 60, 100), (46, 34, 64), (200, 98, 98), (34, 30, 74)),
    (22.0, (14, 20, 54), (54, 58, 112), (34, 42, 84), (18, 24, 48), (44, 50, 100), (12, 16, 42)),
    (24.0, (9, 14, 40), (32, 46, 96), (26, 36, 74), (14, 20, 42), (26, 38, 82), (8, 12, 32)),
)
_SUN, _MOON, _SNOW = (255, 240, 196), (236, 240, 250), (226, 234, 244)


@dataclass(frozen=True)
class Scene:
    """What is to be seen.

    Args:
        hour: the time of day, from 0 to 24.
        second: how long things have been moving.
        boats: for each boat, where it is from left to right and from far to near, both from 0 to 1.
        snow: whether it snows.
        gulls: how many are in the air.
    """

    hour: float
    second: float = 0
    boats: tuple[tuple[float, float], ...] = ((0.42, 0.25), (0.66, 0.6))
    snow: bool = False
    gulls: int = 0


def drawn(scene: Scene, size: Size) -> Image.Image:
    """Draw a scene from back to front."""
    width, height = size
    above, low, hills, land, far, near = _colours(scene.hour)
    if scene.snow:
        hills, land = mixed(hills, _SNOW, 0.45), mixed(land, _SNOW, 0.55)
    dark = _darkness(scene.hour)
    horizon = round(HORIZON * height)
    picture = gradient(above, low, size)
    draw = ImageDraw.Draw(picture)
    if dark > 0.3:
        _stars(draw, scene.second, dark, above, (width, horizon))
    light = _sun_or_moon(picture, scene.hour, low)
    _clouds(picture, scene, mixed(low, WHITE, 0.25 + 0.3 * (1 - dark)))
    for number, colour in enumerate((mixed(hills, low, 0.35), hills)):
        picture.paste(colour, *ridge(number, size))
    picture.paste(gradient(far, near, (width, height - horizon)), (0, horizon))
    _glitter(draw, scene.second, light, mixed(low, WHITE, 0.35), size)
    for place in shore(size):
        picture.paste(land, *place)
    draw_town(picture, dark)
    draw_lighthouse(picture, scene.second, dark)
    for across, depth in sorted(scene.boats, key=lambda boat: boat[1]):
        _boat(picture, across, depth, scene.second, dark)
    for number in range(scene.gulls):
        _gull(draw, number, scene.second, size)
    if scene.snow:
        _flakes(draw, scene.second, size)
    return picture


def _colours(hour: float) -> list[Colour]:
    after = max(1, min(bisect_right(_HOURS, hour, key=lambda row: row[0]), len(_HOURS) - 1))
    (start, *earlier), (end, *later) = _HOURS[after - 1], _HOURS[after]
    part = (hour - start) / (end - start)
    return [mixed(one, other, part) for one, other in zip(earlier, later, strict=True)]


def _darkness(hour: float) -> float:
    """1 at night, 0 by day."""
    return min(1.0, max(0.0, 6.4 - hour, hour - 19.2))


def _stars(draw: ImageDraw.ImageDraw, second: float, dark: float, sky: Colour, size: Size) -> None:
    chance = Random(1)
    for number in range(90):
        x, y, radius = chance.random() * size[0], chance.random() ** 1.5 * size[1] * 0.8, chance.uniform(0.4, 1.3)
        radius *= size[0] / 960
        light = dark * (0.55 + 0.35 * math.sin(second * 1.3 + number))
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=mixed(sky, WHITE, light))


def _sun_or_moon(picture: Image.Image, hour: float, low: Colour) -> float:
    """Draw it with its glow. Return where it stands from left to right, from 0 to 1."""
    width, height = picture.size
    is_day = 5.3 < hour < 20.7
    part = (hour - 5.3) / 15.4 if is_day else ((hour - 20.7) % 24) / 8.6
    across = 0.3 + 0.5 * part
    x, y = across * width, height * (HORIZON + 0.06 - 0.56 * math.sin(math.pi * part))
    radius = width * (0.034 if is_day else 0.024)
    colour = mixed(_SUN, low, 0.15) if is_day else _MOON
    for size, mask in ((round(radius * 11), glow), (round(radius * 2), disc)):
        picture.paste(colour, (round(x - size / 2), round(y - size / 2)), mask(size))
    return across


def _clouds(picture: Image.Image, scene: Scene, colour: Colour) -> None:
    width, height = picture.size
    for number, (start, above, scale) in enumerate(((0.08, 0.16, 1.0), (0.5, 0.09, 0.75), (0.84, 0.25, 0.6))):
        mask = _cloud(round(width * 0.26 * scale), number)
        across = (start + scene.second * 0.004 * scale + scene.hour / 9) % 1.4 - 0.3
        picture.paste(colour, (round(across * width), round(above * height)), mask)


@cache
def _cloud(width: int, seed: int) -> Image.Image:
    chance, height = Random(seed + 7), max(4, width // 4)
    mask = Image.new("L", (width * 2, height * 2))
    draw = ImageDraw.Draw(mask)
    for row in range(3):
        bar, left = height * 0.7, width * (0.5 - 0.24 * row) + chance.random() * width * 0.16
        top = row * height * 0.6
        length = width * (0.7 + 0.42 * row) - chance.random() * width * 0.3
        draw.rounded_rectangle((left, top, min(left + length, width * 2 - 1), top + bar), bar / 2, fill=150)
    return mask.reduce(2)


def _glitter(draw: ImageDraw.ImageDraw, second: float, light: float, colour: Colour, size: Size) -> None:
    """Short strokes on the water: many below the sun or the moon, few elsewhere."""
    width, height = size
    chance, horizon = Random(3), HORIZON * height
    for number in range(70):
        depth = chance.random() ** 1.4
        y = horizon + depth * (height - horizon)
        spread = chance.gauss(light, 0.03 + 0.05 * depth) if number % 3 else chance.random()
        sway = math.sin(second * 1.6 + number * 1.7)
        length = width * (0.006 + 0.03 * depth) * (0.75 + 0.5 * sway)
        x = spread * width + sway * width * 0.006
        draw.line((x - length, y, x + length, y), fill=colour, width=max(1, round(height * 0.005 * (0.3 + depth))))


def _boat(picture: Image.Image, across: float, depth: float, second: float, dark: float) -> None:
    width, height = picture.size
    sprite = _sails(round(width * (0.045 + 0.075 * depth)), round(depth * 10) % 3, round(dark * 5))
    phase = second * 1.4 + across * 9
    sprite = sprite.rotate(2.2 * math.sin(phase), Image.Resampling.BICUBIC)
    y = HORIZON * height + (0.05 + 0.75 * depth) * (1 - HORIZON) * height + math.sin(phase * 0.9) * height * 0.004
    picture.paste(sprite, (round(across * width - sprite.width / 2), round(y - sprite.height * 0.85)), sprite)


@cache
def _sails(size: int, number: int, shade: int) -> Image.Image:
    large = size * 4
    boat = Image.new("RGBA", (large, large))
    draw = ImageDraw.Draw(boat)
    hull = ((150, 62, 56), (52, 84, 120), (86, 70, 58))[number]
    sail = ((250, 244, 230), (244, 220, 178), (240, 238, 240))[number]
    hull, sail, mast = (mixed(colour, (26, 32, 66), shade * 0.14) for colour in (hull, sail, (90, 70, 56)))

    def shape(fill: Colour, *points: tuple[float, float]) -> None:
        draw.polygon([(x * large, y * large) for x, y in points], fill=fill)

    shape(mast, (0.485, 0.06), (0.505, 0.06), (0.505, 0.8), (0.485, 0.8))
    shape(sail, (0.52, 0.1), (0.84, 0.7), (0.52, 0.7))
    shape(mixed(sail, hull, 0.18), (0.47, 0.2), (0.47, 0.7), (0.2, 0.7))
    shape(hull, (0.14, 0.76), (0.9, 0.76), (0.78, 0.9), (0.24, 0.9))
    return boat.reduce(4)


def _gull(draw: ImageDraw.ImageDraw, number: int, second: float, size: Size) -> None:
    width, height = size
    x = ((0.35 + number * 0.13 + second * 0.02) % 1.2 - 0.1) * width
    y = (0.2 + 0.06 * (number * 2 % 5) + 0.015 * math.sin(second * 2 + number)) * height
    wing, flap = width * 0.014, 0.5 + 0.3 * math.sin(second * 6 + number)
    points = [(x - wing, y - wing * flap), (x - wing * 0.4, y - wing * 0.1), (x, y + wing * 0.1)]
    points += [(2 * x - left, above) for left, above in reversed(points[:-1])]
    draw.line(points, fill=(70, 76, 96), width=max(2, width // 480), joint="curve")


def _flakes(draw: ImageDraw.ImageDraw, second: float, size: Size) -> None:
    chance = Random(5)
    for _ in range(220):
        near = chance.uniform(0.4, 1)
        x = (chance.random() + 0.02 * math.sin(second + near * 20)) * size[0]
        y = (chance.random() + second * 0.12 * near) % 1 * size[1]
        radius = near * size[0] / 380
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=WHITE)
