"""Tags given to a step at its creation (spec 30 §8.1)."""

from tests.support.make import UNKNOWN, make_tag, make_template
from tests.support.server import Caller


def test_a_step_may_be_created_with_tags(owner: Caller) -> None:
    template, tag = make_template(owner, {}), make_tag(owner)
    base = f"/O/checklists/{template.id}/steps"
    step = owner("POST", base, {"title": "Tagged", "tags": [tag]}).data
    shown = owner("GET", f"{base}/{step['id']}?with=tags").data["tags"]["data"]
    assert [one["tag_id"] for one in shown] == [tag]
    assert owner("POST", base, {"title": "Wrong", "tags": [UNKNOWN]}).status == 422
