"""x"""
from typing import Any
from procession.search.following import Follower
from tests.support.make import launch, make_template
from tests.support.server import Caller, Running

def test_it(server: Running, owner: Caller) -> None:
    t = make_template(owner, {"title":"Collect paper", "summary":"<p>about the <b>Müller</b> file</p>"}, {"title":"B", "captures":[{"label":"Note","field_type":"text"}]}, kickoff=[{"label":"K","field_type":"text"}])
    p = launch(owner, t)
    owner("PUT", p.path(1), {"taskdata": {p.field("Note"): "zebra crossing"}}).data
    owner("POST", f"/O/tasks/{p.tasks[0]}/comment", {"content": "quixotic remark"}).data
    f = Follower(server.database, server.clock)
    print(f.index_all())
    for q in ("muller", "collect", "zebra", "quixotc", "onboarding", '"the muller"', str(p.id), "remark collect", "zzz", "!!", "onboard*(NEAR"):
        a = owner("GET", f"/O/search?search={q}&on=blueprint,process,task,snippet,capture,step,comment,file,member,guest,group,folder,tag")
        print(q, a.status, {k: (v["meta"]["pagination"]["total"], [m for h in v["data"] for m in h["matches"]]) for k, v in a.body.items() if v["data"]} if a.status==200 else a.body)
    pass
