"""What stands on land: hills, the quay with its town, and the lighthouse on its rocks."""

from __future__ import annotations

import math
from functools import cache
from random import Random

from PIL import Image, ImageDraw

from cms.demo.paint import LAMP, WHITE, Masked, Size, glow, masked, mixed

#: Where the sky ends and the sea begins, as a part of the height.
HORIZON = 0.64

_ROOFS = ((176, 84, 66), (120, 74, 84), (196, 120, 72), (92, 96, 122))
_WALLS = ((238, 226, 204), (222, 196, 168), (206, 216, 214), (240, 214, 176))
_NIGHT, _IRON = (24, 30, 62), (60, 60, 76)


@cache
def ridge(number: int, size: Size) -> Masked:
    """A range of hills above the horizon; the second is the lower and nearer one."""
    rise = (0.2, 0.11)[number]
    points = [(0.0, HORIZON)]
    for step in range(241):
        along = step / 240 * 2 * math.pi
        hill = 0.5 + 0.3 * math.sin(along * 1.3 + 2.4 * number) + 0.2 * math.sin(along * 3.1 + 1 + number)
        points.append((step / 240, HORIZON - rise * max(0.05, hill)))
    return masked([*points, (1, HORIZON)], size)


@cache
def shore(size: Size) -> list[Masked]:
    """The quay on the left, and the rocks below the lighthouse."""
    quay = [(0, -0.03), (0.3, -0.03), (0.32, 0.03), (0, 0.05)]
    rocks = [(0.74, 0.03), (0.79, -0.04), (0.85, -0.075), (0.92, -0.07), (1, -0.1), (1, 0.06), (0.86, 0.055)]
    return [masked([(x, HORIZON + y) for x, y in shape], size) for shape in (quay, rocks)]


def draw_town(picture: Image.Image, dark: float) -> None:
    """Draw the houses on the quay; the darker it is, the brighter are their windows."""
    by_day, at_night = _town(picture.size)
    town = Image.blend(by_day, at_night, dark).convert("RGB")
    picture.paste(town, (0, round((HORIZON - 0.03) * picture.height) - town.height), by_day.getchannel("A"))


@cache
def _town(size: Size) -> tuple[Image.Image, Image.Image]:
    """The houses on the quay by day, and with lit windows at night."""
    width, height = round(size[0] * 0.3) * 2, round(size[1] * 0.2) * 2
    made = []
    for is_lit in (False, True):
        chance, at_home = Random(11), Random(2)
        town = Image.new("RGBA", (width, height))
        draw = ImageDraw.Draw(town)
        x, number = 0.01 * width, 0
        while x < 0.88 * width:
            house, tall = width * chance.uniform(0.09, 0.14), height * chance.uniform(0.42, 0.66)
            wall, roof, top = _WALLS[number % 4], _ROOFS[(number * 3) % 4], height - tall
            wall, roof = (mixed(colour, _NIGHT, 0.8) if is_lit else colour for colour in (wall, roof))
            draw.rectangle((x, top, x + house, height), fill=wall)
            draw.polygon([(x - 3, top), (x + house / 2, top - height * 0.2), (x + house + 3, top)], fill=roof)
            for row in range(2):
                for column in range(2):
                    left, above = x + house * (0.18 + 0.4 * column), top + tall * (0.16 + 0.34 * row)
                    pane = LAMP if is_lit and at_home.random() < 0.7 else mixed(wall, (40, 60, 90), 0.6)
                    draw.rectangle((left, above, left + house * 0.22, above + tall * 0.18), fill=pane)
            x, number = x + house + width * 0.006, number + 1
        made.append(town.reduce(2))
    return made[0], made[1]


def draw_lighthouse(picture: Image.Image, second: float, dark: float) -> None:
    """Draw the lighthouse, which is lit when it is dark."""
    width, height = picture.size
    x, foot, tall = 0.88 * width, (HORIZON - 0.065) * height, 0.27 * height
    top = foot - tall
    if dark > 0.3:
        _beam(picture, (x, top), second, dark)
    tower = _tower(round(tall))
    shade = mixed(WHITE, (70, 80, 130), dark)
    tinted = Image.blend(tower.convert("RGB"), Image.new("RGB", tower.size, shade), 0.55 * dark)
    picture.paste(tinted, (round(x - tower.width / 2), round(top - tall * 0.1)), tower.getchannel("A"))
    if dark > 0.3:
        size = round(tall * 0.5)
        picture.paste(LAMP, (round(x - size / 2), round(top - size / 2)), glow(size))


@cache
def _tower(tall: int) -> Image.Image:
    height, width = round(tall * 1.12) * 4, round(tall * 0.36) * 4
    tower = Image.new("RGBA", (width, height))
    draw, middle, head = ImageDraw.Draw(tower), width / 2, height * 0.16
    for stripe in range(6):
        top, bottom = (head + (height - head) * (stripe + end) / 6 for end in (0, 1))
        wide, wider = (width * (0.2 + 0.16 * (stripe + end) / 6) for end in (0, 1))
        colour = (206, 70, 62) if stripe % 2 else (244, 240, 232)
        draw.polygon(
            [(middle - wide, top), (middle + wide, top), (middle + wider, bottom), (middle - wider, bottom)], colour
        )
    draw.rectangle((middle - width * 0.15, height * 0.07, middle + width * 0.15, head), fill=LAMP)
    draw.rectangle((middle - width * 0.26, head - 8, middle + width * 0.26, head + 8), fill=_IRON)
    draw.polygon([(middle - width * 0.2, height * 0.075), (middle, 0), (middle + width * 0.2, height * 0.075)], _IRON)
    return tower.reduce(4)


def _beam(picture: Image.Image, lamp: tuple[float, float], second: float, dark: float) -> None:
    """The beam turns once in eight seconds. It is seen from the side, so it grows longer and shorter."""
    reach = math.cos(second * math.pi / 4)
    left, wide, parts = -reach * picture.width * 0.9, picture.height * (0.03 + 0.07 * abs(reach)), 16
    mask = Image.new("L", (picture.width, round(1.5 * wide) + 2))
    draw = ImageDraw.Draw(mask)
    for part in range(parts):
        near, far = part / parts, (part + 1) / parts
        corners = ((near, 0), (far, 0), (far, 1), (near, 1))
        points = [(lamp[0] + left * along, wide * (0.5 + along * (1.5 * side - 0.5))) for along, side in corners]
        draw.polygon(points, fill=round(90 * dark * (1 - near)))
    picture.paste(LAMP, (0, round(lamp[1] - wide * 0.5)), mask)
