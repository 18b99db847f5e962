"""Names to choose from: tables that plugins extend, and model files by kind."""

from __future__ import annotations

import asyncio
from typing import Annotated

from aiohttp import web
from pydantic import Field

from nodeflow.api.catalogue import Choice, ChoiceList, ChoiceLists, ChoicePage
from nodeflow.api.wire import Parameters
from nodeflow.catalogue import Catalogue
from nodeflow.errors import UnknownName
from nodeflow.server.pages import PageQuery, part_of
from nodeflow.server.problems import NOT_FOUND, Refusal
from nodeflow.server.route import Routes
from nodeflow.server.state import STATE

routes = Routes("choices")


class ChoicePath(Parameters):
    """Which list."""

    name: Annotated[str, Field(min_length=1, max_length=200, description="of a table, or a kind of model files")]


class ChoiceQuery(PageQuery):
    """Which part of the list."""

    q: Annotated[str, Field(max_length=200, description="only names that hold this, whatever the case")] = ""


@routes.add("GET", "/v1/choices", answers={200: ChoiceLists})
async def list_choice_lists(request: web.Request) -> ChoiceLists:
    """Every list of choices. Where a table and a kind of files share a name, the table is the one that is meant."""
    return await asyncio.to_thread(_lists, request.app[STATE].catalogue)


@routes.add("GET", "/v1/choices/{name}", answers={200: ChoicePage})
async def list_choices(request: web.Request, path: ChoicePath, query: ChoiceQuery) -> ChoicePage:
    """The names of a list, sorted. Files are looked for anew each time."""
    owners = await asyncio.to_thread(_owners, request.app[STATE].catalogue, path.name)
    wanted = query.q.casefold()
    found = sorted(name for name in owners if wanted in name.casefold())
    items, following = part_of(found, query.after, query.limit)
    return ChoicePage(items=[Choice(name=name, owner=owners[name]) for name in items], next=following)


def _lists(catalogue: Catalogue) -> ChoiceLists:
    tables = catalogue.registry.tables
    found = [ChoiceList(name=name, kind="table", count=len(table)) for name, table in sorted(tables.items())]
    kinds = sorted(catalogue.kinds - tables.keys())
    files = [ChoiceList(name=kind, kind="files", count=len(catalogue.folders.names(kind))) for kind in kinds]
    return ChoiceLists(choices=[*found, *files])


def _owners(catalogue: Catalogue, name: str) -> dict[str, str | None]:
    """The names of a list, each with the plugin that brought it; nobody brings files."""
    tables = catalogue.registry.tables
    if name in tables:
        return {choice: tables[name].owner(choice) for choice in tables[name]}
    if name in catalogue.kinds:
        return dict.fromkeys(catalogue.folders.names(name))
    raise Refusal(NOT_FOUND, str(UnknownName("list of choices", name, [*tables, *catalogue.kinds])))
