"""What happened at the demo organization: sixty processes of eight kinds, in every state."""

from typing import Any

import msgspec

from procession.operations.demo_content import BUYING, HIRING, WINNING
from procession.operations.demo_more import CLOSING, COMPLAINT, LAUNCHING, LEAVING, SUPPLIER
from procession.operations.demo_people import (
    AIKO,
    ANDERS,
    BRUNO,
    CLARA,
    DAVID,
    ELENA,
    GRETA,
    HUGO,
    IDA,
    JONAS,
    LUCIA,
    MAYA,
    PRIYA,
    RUTH,
    SOFIA,
    TOM,
)
from procession.operations.demo_templates import DemoTemplate

ALL = 99
"""More tasks than any process has."""

GUEST_STEPS = ("Send logo", "Tell us", "Fill in the questionnaire")
"""How the titles of the steps begin that an outsider does."""


class DemoProcess(msgspec.Struct, frozen=True, kw_only=True):
    """One process: launched by `by`, `age` days ago; `done` of its tasks completed.

    `half`: where all have to sign, one has. `refused`: the approvals in it went against it. `begun`: the next task
    has answers already. `guest`: who sends logo and opening hours.
    """

    template: DemoTemplate
    name: str
    about: str
    by: str
    age: int
    done: int = 0
    half: bool = False
    refused: bool = False
    begun: bool = False
    archived: bool = False
    starred: bool = False
    guest: str | None = None
    tags: tuple[str, ...] = ()
    folder: str | None = None


def hired(name: str, by: str, age: int, **more: Any) -> DemoProcess:
    """Somebody was hired."""
    return DemoProcess(template=HIRING, name=f"Onboarding: {name}", about=name, by=by, age=age, folder="Hiring", **more)


def won(client: str, by: str, age: int, **more: Any) -> DemoProcess:
    """A client was won."""
    return DemoProcess(template=WINNING, name=f"{client} goes live", about=client, by=by, age=age, folder="Clients",
                       **more)  # fmt: skip


def wished(what: str, by: str, age: int, **more: Any) -> DemoProcess:
    """Somebody wants something bought."""
    return DemoProcess(template=BUYING, name=f"Purchase: {what}", about=what, by=by, age=age, **more)


def complained(who: str, by: str, age: int, **more: Any) -> DemoProcess:
    """A customer was not content."""
    return DemoProcess(template=COMPLAINT, name=f"Complaint of {who}", about=who, by=by, age=age, folder="Service",
                       **more)  # fmt: skip


def left(name: str, by: str, age: int, **more: Any) -> DemoProcess:
    """Somebody goes."""
    return DemoProcess(template=LEAVING, name=f"Farewell: {name}", about=name, by=by, age=age, folder="Hiring", **more)


def closed(month: str, age: int, **more: Any) -> DemoProcess:
    """A month is over."""
    return DemoProcess(template=CLOSING, name=f"Close {month}", about=month, by=PRIYA, age=age, folder="Books", **more)


def developed(product: str, by: str, age: int, **more: Any) -> DemoProcess:
    """A lamp comes onto the market."""
    return DemoProcess(template=LAUNCHING, name=f"New product: {product}", about=product, by=by, age=age, **more)


def weighed(supplier: str, by: str, age: int, **more: Any) -> DemoProcess:
    """A supplier is looked at."""
    return DemoProcess(template=SUPPLIER, name=f"Supplier: {supplier}", about=supplier, by=by, age=age, **more)


PROCESSES = (
    hired("Nora Lund", SOFIA, 118, done=ALL),
    hired("Pavel Novák", SOFIA, 170, done=ALL, archived=True),
    hired("Amélie Durand", SOFIA, 46, done=14, tags=("Remote",)),
    hired("Kwame Asante", JONAS, 24, done=11, half=True, starred=True),
    hired("Mei Lin", SOFIA, 6, done=4, begun=True, tags=("Remote",)),
    hired("Oskar Brandt", SOFIA, 0),
    won("Harbour Café", TOM, 60, done=ALL, guest="ines.ferreira@harbourcafe.example"),
    won("Boyd & Sons", LUCIA, 41, done=ALL, tags=("Key account",), guest="sam.boyd@boydandsons.example"),
    won("Hotel Lucerna", TOM, 19, done=3, begun=True, tags=("Key account", "Urgent"), starred=True,
        guest="reception@hotel-lucerna.example"),
    won("Studio Kessler", LUCIA, 8, done=2, begun=True, guest="anna@studio-kessler.example"),
    won("Bakery Olsen", LUCIA, 2, done=1),
    won("Green Market", TOM, 1),
    won("Old Mill Theatre", TOM, 75, done=4, archived=True, tags=("Lost",)),
    wished("forklift battery", DAVID, 33, done=ALL),
    wished("two pallet trucks", TOM, 28, done=ALL, tags=("Urgent",)),
    wished("espresso machine", LUCIA, 21, done=2, refused=True, archived=True),
    wished("photo studio lights", PRIYA, 9, done=2, half=True),
    wished("label printer", DAVID, 5, done=4),
    wished("trade fair stand", MAYA, 3, done=2, half=True, starred=True, tags=("Urgent",)),
    wished("shelves for hall 2", TOM, 0, begun=True),
    hired("Yusuf Demir", SOFIA, 62, done=ALL),
    hired("Linnea Berg", IDA, 33, done=13, tags=("Remote",)),
    hired("Rafael Costa", IDA, 12, done=7, begun=True),
    hired("Tess de Vries", SOFIA, 2, done=1),
    won("Alpine Lodge", CLARA, 90, done=ALL, guest="desk@alpine-lodge.example", tags=("Key account",)),
    won("Museum of Glass", BRUNO, 52, done=ALL),
    won("City Library", CLARA, 30, done=6, begun=True, tags=("Key account",)),
    won("Café Morgenrot", BRUNO, 11, done=3, guest="hallo@morgenrot.example"),
    won("Dental Practice Roth", CLARA, 5, done=2),
    won("Yoga Loft", BRUNO, 0),
    wished("barcode scanners", GRETA, 40, done=ALL),
    wished("delivery van lease", HUGO, 16, done=2, half=True, tags=("Urgent",)),
    wished("design software", ELENA, 7, done=1),
    wished("first-aid boxes", RUTH, 1, begun=True),
    complained("Harbour Café", LUCIA, 29, done=ALL),
    complained("Mrs. Petersen", AIKO, 22, done=ALL, guest="k.petersen@mail.example"),
    complained("Hotel Lucerna", LUCIA, 10, done=3, tags=("Urgent", "Key account"),
               guest="reception@hotel-lucerna.example", starred=True),
    complained("Green Market", AIKO, 4, done=2, begun=True),
    complained("Mr. Lindgren", LUCIA, 3, done=1),
    complained("Boyd & Sons", AIKO, 1, begun=True, guest="sam.boyd@boydandsons.example"),
    complained("Old Mill Theatre", LUCIA, 48, done=2, refused=True, archived=True),
    left("Viktor Holm", SOFIA, 80, done=ALL),
    left("Hannah Fox", IDA, 25, done=6, half=True),
    left("Emil Sand", SOFIA, 4, done=2),
    closed("the first quarter", 130, done=ALL, archived=True),
    closed("July", 110, done=ALL),
    closed("August", 79, done=ALL),
    closed("September", 48, done=ALL),
    closed("October", 18, done=5, begun=True),
    closed("November", 2, done=1, half=True),
    developed("Fjord floor lamp", MAYA, 140, done=ALL),
    developed("Pebble night light", ELENA, 70, done=7, starred=True),
    developed("Lantern for gardens", ELENA, 35, done=4, begun=True),
    developed("Studio clamp", ANDERS, 9, done=2),
    developed("Solar string", ANDERS, 60, done=1, refused=True, archived=True, tags=("Lost",)),
    weighed("Lampworks", DAVID, 55, done=ALL, guest="orders@lampworks.example"),
    weighed("Kontor & Co", PRIYA, 20, done=3, begun=True),
    weighed("Nordic Glass", ANDERS, 13, done=2, guest="sales@nordic-glass.example"),
    weighed("Metro Supplies", PRIYA, 6, done=1),
    weighed("Copper Union", ANDERS, 1),
)  # fmt: skip
