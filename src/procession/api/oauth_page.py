"""The pages of consent: plain HTML, nothing loaded, everything escaped (spec 40 §6.2)."""

from collections.abc import Mapping, Sequence
from html import escape

WORDS = {
    "users": "people and groups",
    "tasks": "tasks",
    "processes": "processes",
    "templates": "templates",
    "forms": "forms",
    "automation": "automations",
}
_FRAME = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:3rem auto;padding:0 1rem}}
button{{font:inherit;padding:.5rem 1rem;margin-right:.5rem}}label{{display:block;margin:.25rem 0}}</style></head>
<body><main><h1>{title}</h1>{body}</main></body></html>"""


def error_page(text: str) -> str:
    """Something is wrong, and nobody is sent anywhere."""
    return _FRAME.format(title="This cannot be done", body=f"<p>{escape(text)}</p>")


def consent_page(
    *,
    client: str,
    person: str,
    places: Mapping[str, str],
    chosen: str,
    scopes: Sequence[str],
    fields: Mapping[str, str],
    csrf: str,
) -> str:
    """What the client wants, where, and two buttons. `places`: organization id → name; `fields`: what was asked."""
    hidden = "".join(_hidden(name, value) for name, value in {**fields, "csrf_token": csrf}.items())
    body = (
        f"<p><strong>{escape(client)}</strong> wants to act for you ({escape(person)}).</p>"
        f'<form method="post" action="/oauth/authorize">{hidden}{_places(places, chosen)}{_scopes(scopes)}'
        '<p><button name="decision" value="allow">Authorize</button>'
        '<button name="decision" value="deny">Cancel</button></p></form>'
    )
    return _FRAME.format(title="Authorize an application", body=body)


def _hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'


def _places(places: Mapping[str, str], chosen: str) -> str:
    if len(places) == 1:
        return f"<p>In {escape(places[chosen])}.</p>{_hidden('organization_id', chosen)}"
    options = "".join(
        f'<option value="{escape(one)}"{" selected" if one == chosen else ""}>{escape(name)}</option>'
        for one, name in places.items()
    )
    return f'<p><label>Organization <select name="organization_id">{options}</select></label></p>'


def _scopes(scopes: Sequence[str]) -> str:
    if not scopes:
        return "<p>It may do everything that you may do.</p>"
    boxes = "".join(
        f'<label><input type="checkbox" name="scopes[]" value="{escape(one)}"> {escape(_words(one))}</label>'
        for one in scopes
    )
    return f"<p>It asks to:</p>{boxes}"


def _words(scope: str) -> str:
    _, thing, way = scope.split(".")
    return f"{'read' if way == 'read' else 'read and change'} {WORDS[thing]}"
