"""Two at once on one task: no answer is lost, no key works twice, nobody writes over what he has not seen."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from tests.faults.harness import House, Place
from tests.faults.server import Answer, Client, Person
from tests.faults.stored import rows

AT_ONCE = 50


def together(acts: Sequence[Callable[[], Answer]]) -> list[Answer]:
    """Run all of them, started at the same moment."""
    gate = threading.Barrier(len(acts))

    def act(one: Callable[[], Answer]) -> Answer:
        gate.wait()
        return one()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(act, acts))


def race(live: House, place: Place, pair: tuple[Person, Person], count: int, lost: list[str]) -> None:
    """`count` times two people save an answer each of one task, at the same moment; then both are read."""
    gate = threading.Barrier(2)

    def save(person: Person, field: str, reader: bool) -> None:
        client = live.server.client(person)
        other = place.fields[1] if field == place.fields[0] else place.fields[0]
        for number in range(count):
            gate.wait()
            answer = client.ask("PUT", place.path, {"taskdata": {field: f"Pair {number}"}})
            gate.wait()
            if answer.status != 200:
                lost.append(f"{answer.status} {str(answer.body)[:200]}")
            if reader:
                stored = client.need("GET", place.path).data["taskdata"]
                lost.extend(f"pair {number}: {stored}" for one in (field, other) if stored.get(one) != f"Pair {number}")
        client.close()

    threads = [
        threading.Thread(target=save, args=(person, field, reader))
        for person, field, reader in zip(pair, place.fields, (True, False), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def races(live: House, pairs: int) -> list[str]:
    """Four tasks at once, so that pairs also race each other for the process they share."""
    lost: list[str] = []
    pair = (live.people[0], live.people[1])
    threads = [threading.Thread(target=race, args=(live, place, pair, pairs // 4, lost)) for place in live.places[:4]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return lost


def test_two_answers_of_one_task_both_survive(live: House) -> None:
    assert races(live, 300) == []


@pytest.mark.long
def test_ten_thousand_raced_pairs_lose_nothing(live: House) -> None:
    assert races(live, 10_000) == []


def test_one_key_fifty_times_is_one_effect(live: House) -> None:
    """Spec 00 §15: one request works, the others get its answer or are told that it still runs."""
    place, key = live.places[5], uuid4().hex
    clients = [live.server.client(live.people[0]) for _ in range(AT_ONCE)]
    first = clients[0].need("GET", place.path)
    body = {"title": f"Once {key}", "taskdata": {place.fields[0]: key}}

    def save(client: Client) -> Callable[[], Answer]:
        return lambda: client.ask("PUT", place.path, body, Idempotency_Key=key)

    answers = together([save(client) for client in clients])
    again = clients[0].ask("PUT", place.path, body, Idempotency_Key=key)
    for client in clients:
        client.close()
    assert {one.status for one in answers} <= {200, 409}
    worked = [one for one in answers if one.status == 200]
    assert len([one for one in worked if "idempotency-replayed" not in one.headers]) == 1
    assert all(one.body == worked[0].body for one in worked)
    assert again.status == 200
    assert again.headers["idempotency-replayed"] == "true"
    assert first.data["title"] != again.data["title"]
    titled = "SELECT COUNT(*) FROM events WHERE subject_id = ? AND field = 'title'"
    assert rows(live.server, titled, (place.task,)) == [(1,)]


def test_one_key_launches_one_process(live: House) -> None:
    """Spec 10 §6.8."""
    key, name = uuid4().hex, f"Once {uuid4().hex}"

    def launch() -> Answer:
        with live.server.client(live.people[0]) as own:
            return own.ask("POST", "/runs", {"checklist_id": "misc", "name": name}, Idempotency_Key=key)

    answers = together([launch] * AT_ONCE)
    assert {one.status for one in answers} <= {201, 409}
    assert len({one.data["id"] for one in answers if one.status == 201}) == 1
    assert rows(live.server, "SELECT COUNT(*) FROM processes WHERE name = ?", (name,)) == [(1,)]


def test_first_launches_of_a_template_at_once(live: House) -> None:
    """Spec 10 §6.2: simultaneous launches all succeed; the first ones also freeze the version."""
    with live.server.client(live.people[0]) as client:
        steps = [{"title": f"Step {place}", "position": place} for place in range(1, 11)]
        made = client.need("POST", "/checklists", {"title": "At once", "type": "procedure", "steps": steps}).data["id"]

    def launch() -> Answer:
        with live.server.client(live.people[0]) as own:
            return own.ask("POST", "/runs", {"checklist_id": made, "name": "At once"})

    answers = together([launch] * 16)
    assert [one.status for one in answers] == [201] * 16, [one.body for one in answers if one.status != 201]
    assert len({one.data["id"] for one in answers}) == len({one.data["increment_id"] for one in answers}) == 16


def test_who_has_not_seen_the_last_change_is_told(live: House) -> None:
    """Spec 00 §16: of two who send the same If-Match at once, one is refused with 412 and writes nothing."""
    place = live.places[6]
    clients = [live.server.client(person) for person in live.people[:2]]
    tag = clients[0].need("GET", place.path).headers["etag"]

    def save(client: Client, title: str) -> Callable[[], Answer]:
        return lambda: client.ask("PUT", place.path, {"title": title}, If_Match=tag)

    answers = together([save(client, f"By {n}") for n, client in enumerate(clients)])
    assert sorted(one.status for one in answers) == [200, 412]
    refused = next(one for one in answers if one.status == 412)
    assert refused.body["code"] == "PRECONDITION_FAILED"
    winner = next(one for one in answers if one.status == 200)
    stored = clients[0].need("GET", place.path)
    assert stored.data["title"] == winner.data["title"]
    assert clients[1].ask("PUT", place.path, {"title": "Later"}, If_Match=tag).status == 412
    assert clients[1].ask("PUT", place.path, {"title": "Fresh"}, If_Match=stored.headers["etag"]).status == 200
    for client in clients:
        client.close()
