"""Who works at the demo organization, who works with it, and how it sorts things."""

from collections.abc import Mapping

from procession.labels.model import FolderKind
from procession.people.model import Role

AT = "@northwind.example"
MAYA, JONAS, INGRID = f"maya.lindqvist{AT}", f"jonas.weber{AT}", f"ingrid.solberg{AT}"
PRIYA, TOM, LUCIA, SOFIA = f"priya.nair{AT}", f"tom.okafor{AT}", f"lucia.moreno{AT}", f"sofia.rossi{AT}"
DAVID, RUTH, ELENA, ANDERS = f"david.chen{AT}", f"ruth.adler{AT}", f"elena.petrova{AT}", f"anders.lund{AT}"
CLARA, BRUNO, GRETA, HUGO = f"clara.meier{AT}", f"bruno.silva{AT}", f"greta.vogel{AT}", f"hugo.martin{AT}"
IDA, AIKO, HENRIK, EWA, OMAR = (
    f"ida.jensen{AT}", f"aiko.tanaka{AT}", f"henrik.dahl{AT}", f"ewa.kowalska{AT}", f"omar.haddad{AT}"
)  # fmt: skip
FATIMA, LEON, NIKO = f"fatima.zahra{AT}", f"leon.fischer{AT}", f"niko.laine{AT}"

MEMBERS: Mapping[str, tuple[str, Role]] = {
    JONAS: ("Jonas Weber", "admin"),
    INGRID: ("Ingrid Solberg", "admin"),
    PRIYA: ("Priya Nair", "standard"),
    TOM: ("Tom Okafor", "standard"),
    LUCIA: ("Lucía Moreno", "standard"),
    SOFIA: ("Sofia Rossi", "standard"),
    DAVID: ("David Chen", "standard"),
    RUTH: ("Ruth Adler", "standard"),
    ELENA: ("Elena Petrova", "standard"),
    ANDERS: ("Anders Lund", "standard"),
    CLARA: ("Clara Meier", "standard"),
    BRUNO: ("Bruno Silva", "standard"),
    GRETA: ("Greta Vogel", "standard"),
    HUGO: ("Hugo Martin", "standard"),
    IDA: ("Ida Jensen", "standard"),
    AIKO: ("Aiko Tanaka", "standard"),
    FATIMA: ("Fatima Zahra", "standard"),
    LEON: ("Leon Fischer", "standard"),
    NIKO: ("Niko Laine", "standard"),
    HENRIK: ("Henrik Dahl", "light"),
    EWA: ("Ewa Kowalska", "light"),
    OMAR: ("Omar Haddad", "light"),
    f"jan.novak{AT}": ("Jan Novák", "light"),
    f"marta.garcia{AT}": ("Marta García", "light"),
    f"peter.olsen{AT}": ("Peter Olsen", "light"),
    f"anja.keller{AT}": ("Anja Keller", "light"),
    f"samir.patel{AT}": ("Samir Patel", "light"),
    f"olga.ivanova{AT}": ("Olga Ivanova", "light"),
    f"karl.eriksen{AT}": ("Karl Eriksen", "light"),
    f"mina.park{AT}": ("Mina Park", "light"),
    f"luca.conti{AT}": ("Luca Conti", "light"),
    f"sara.nowak{AT}": ("Sara Nowak", "light"),
    f"finn.larsen{AT}": ("Finn Larsen", "light"),
    f"amara.diallo{AT}": ("Amara Diallo", "light"),
    f"tim.brandt{AT}": ("Tim Brandt", "light"),
    f"rosa.mendes{AT}": ("Rosa Mendes", "light"),
    f"erik.strand{AT}": ("Erik Strand", "light"),
    f"noor.rahman{AT}": ("Noor Rahman", "light"),
    f"julia.wolf{AT}": ("Julia Wolf", "light"),
}
EVERYBODY: Mapping[str, tuple[str, Role]] = {MAYA: ("Maya Lindqvist", "admin"), **MEMBERS}
GUESTS: Mapping[str, tuple[str, str]] = {
    "ines.ferreira@harbourcafe.example": ("Inês", "Ferreira"),
    "sam.boyd@boydandsons.example": ("Sam", "Boyd"),
    "reception@hotel-lucerna.example": ("Hotel Lucerna", "Reception"),
    "anna@studio-kessler.example": ("Anna", "Kessler"),
    "orders@lampworks.example": ("Lampworks", "Orders"),
    "desk@alpine-lodge.example": ("Alpine Lodge", "Front desk"),
    "hallo@morgenrot.example": ("Mona", "Reuter"),
    "k.petersen@mail.example": ("Kirsten", "Petersen"),
    "sales@nordic-glass.example": ("Nordic Glass", "Sales"),
    "tax@brook-partners.example": ("Eleanor", "Brook"),
}
PEOPLE, FINANCE, SUCCESS, WAREHOUSE = "People", "Finance", "Customer success", "Warehouse"
SALES, DESIGN, WORKSHOP, IT = "Sales", "Design", "Workshop", "IT"
GROUPS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    PEOPLE: ("Hiring, contracts, onboarding", (SOFIA, RUTH, IDA)),
    FINANCE: ("Invoices and payments", (PRIYA, JONAS, FATIMA)),
    SUCCESS: ("First contact after a sale", (LUCIA, TOM, AIKO)),
    WAREHOUSE: ("Packs and ships", (HENRIK, EWA, OMAR, GRETA, f"peter.olsen{AT}", f"anja.keller{AT}")),
    SALES: ("Offers and contracts", (TOM, CLARA, BRUNO)),
    DESIGN: ("From the sketch to the sample", (ELENA, f"mina.park{AT}", f"luca.conti{AT}")),
    WORKSHOP: ("Builds and repairs", (ANDERS, LEON, f"karl.eriksen{AT}", f"tim.brandt{AT}", f"jan.novak{AT}")),
    IT: ("Devices and accounts", (DAVID, NIKO)),
}
SNIPPETS = {
    "How to reach us": "<p>Northwind Lights, Harbour Street 7<br />Monday to Friday, 8 to 17, +351 21 555 01 20</p>",
}
"""Texts that templates share, by title: one change shows in all of them."""

TAGS: Mapping[str, str] = {"Urgent": "#dc3912", "Key account": "#3366cc", "Remote": "#0099c6", "Lost": "#990099"}
FOLDERS: Mapping[str, FolderKind] = {
    "Operations": "template",
    "Hiring": "process",
    "Clients": "process",
    "Service": "process",
    "Books": "process",
}
