"""Variables that name each other or themselves end: nothing that was answered is resolved again (spec 30 §14.3)."""

from tests.support.make import launch, make_template
from tests.support.server import Caller


def test_30_14_variables_that_recurse(owner: Caller) -> None:
    """In answers, defaults, titles, descriptions, names and snippets; a snippet in itself ends at the third level."""
    text = {"field_type": "text"}
    template = make_template(owner, {}, {}, kickoff=[{"label": "One", **text}, {"label": "Two", **text}])
    path = f"/O/checklists/{template.id}"
    aliases = [one["alias"] for one in owner("GET", path).data["prerun"]]
    one, two = (f"{{{{{alias}}}}}" for alias in aliases)
    defaults = {"One": f"{two} {one}", "Two": f"{one} {two}"}
    form = [{"id": template.kickoff[label], "default_value_enabled": True, "default_value": value}
            for label, value in defaults.items()]  # fmt: skip
    named = {"title": "T", "prerun": form, "auto_naming": True, "default_process_name_format": f"P {one} {two}"}
    assert owner("PUT", path, named).status == 200
    snippet = owner("POST", "/O/text-templates", {"title": "Loop", "content": "x"}).data["id"]
    mark = f'<span class="insert-snippet-tag" data-snippet-id="{snippet}">[[Loop]]</span>'
    assert owner("PUT", f"/O/text-templates/{snippet}", {"content": f"<p>again {mark}{one}</p>"}).status == 200
    step = {"title": f"A {one} {{{{{one}}}}}", "summary": f"<p>{two}</p>{mark}"}
    assert owner("PUT", f"{path}/steps/{template.steps[0]}", step).status == 200

    silent = launch(owner, template)
    assert owner("GET", f"/O/runs/{silent.id}").status == 200
    answers = {template.kickoff["One"]: two, template.kickoff["Two"]: f"{one}{{{{TEMPLATE_NAME}}}}"}
    process = launch(owner, template, prerun=answers)
    task = owner("GET", process.path()).data
    assert task["title"].startswith(f"A {two} "), "an answer is a text, whatever it looks like"
    assert f"{one}{{{{TEMPLATE_NAME}}}}" in task["summary"]
    assert 1 <= task["summary"].count("again") <= 3
    assert owner("GET", f"/O/runs/{process.id}").data["name"] == f"P {two} {one}{{{{TEMPLATE_NAME}}}}"
