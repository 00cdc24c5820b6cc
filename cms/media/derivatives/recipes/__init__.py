"""Recipes, one module each, discovered in this folder. docs/adding-a-recipe.md says how to add one."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import cast

from cms.media.derivatives.recipe import Optional, Recipe


@cache
def all_recipes() -> dict[str, Recipe]:
    """Every recipe, by its name, whether or not the settings turn it on."""
    modules = [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)]
    found = [cast(Recipe, module) for module in modules]
    return {recipe.NAME: recipe for recipe in sorted(found, key=lambda recipe: recipe.NAME)}


def recipes() -> dict[str, Recipe]:
    """The recipes by their names, without those that are turned off."""
    found = all_recipes().items()
    return {name: recipe for name, recipe in found if not isinstance(recipe, Optional) or recipe.is_on()}
