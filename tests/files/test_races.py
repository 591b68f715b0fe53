"""A file is deleted while answers take it up: no answer is left that names what is gone."""

from concurrent.futures import ThreadPoolExecutor

from tests.support.files import upload
from tests.support.make import launch, make_template
from tests.support.server import Answer, Caller, Running

FILES = [{"label": "Papers", "field_type": "file", "required": False}]
ROUNDS = 6


def test_deleting_and_naming_at_once(server: Running, owner: Caller) -> None:
    template = make_template(owner, {"title": "A", "captures": FILES})
    field = template.fields["Papers"]
    processes = [launch(owner, template) for _ in range(3)]
    others = [server.member(owner, "admin") for _ in processes]
    for _ in range(ROUNDS):
        file = upload(owner).data["id"]
        body = {"taskdata": {field: [{"id": file}]}}
        with ThreadPoolExecutor(len(processes) + 1) as pool:
            names = [
                pool.submit(by, "PUT", process.path(), body) for by, process in zip(others, processes, strict=True)
            ]
            deleted = pool.submit(owner, "DELETE", f"/O/file/{file}").result()
            answers: list[Answer] = [one.result() for one in names]
        assert deleted.status in (200, 503), deleted.body
        assert {one.status for one in answers} <= {200, 422, 503}, [one.body for one in answers]
        while deleted.status == 503:  # it was taken up meanwhile: again, as Retry-After says
            deleted = owner("DELETE", f"/O/file/{file}")
        assert deleted.status == 200
        assert [owner("GET", process.path()).data["taskdata"] for process in processes] == [{}, {}, {}]
