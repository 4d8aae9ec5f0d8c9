"""Consents by API: found, and erased."""

from heatmap.parts import Parts
from heatmap.site.access import LOOKS
from heatmap.site.roles import Role
from recorder import consent
from recorder.consent import Yes
from recorder.recording import Recording
from recorder.views import now_ms
from tests.heatmap.conftest import visit
from tests.heatmap.site.api.conftest import Headers, MakeKey
from tests.heatmap.site.conftest import HTML, Client, become, send


async def said_yes(parts: Parts, recording: Recording) -> str:
    """A visitor with a consent record and a visit; gives the audit id."""
    audit = await visit(parts, recording)
    yes = Yes(recording=recording.id, nv=recording.nv, language="en", purposes=["heatmap"], device="desktop")
    record = consent.given(recording, yes, audit, recording.origins[0], now_ms(), "0" * 64)
    await parts.store.put(consent.record_key(recording.id, audit, "given"), record)
    return audit


async def test_a_visit_is_found_and_erased_by_its_audit_id(
    member: Client, opened_parts: Parts, recording: Recording, key: Headers
) -> None:
    """At a parent's request; everything raw of it is gone at once, and it is written down who did it."""
    audit = await said_yes(opened_parts, recording)

    found = await (await member.post("/api/consents/find", json={"audit": audit}, headers=key)).json()
    assert 1 == len(await opened_parts.log.sessions(recording.id))
    erased = await member.post("/api/consents/erase", json={"audit": audit, "who": "parent"}, headers=key)
    again = await member.post("/api/consents/erase", json={"audit": audit}, headers=key)

    assert ("recording", recording.id) == (found["state"], found["recording"])
    assert ["withdrawn", "withdrawn"] == [(await each.json())["state"] for each in (erased, again)]
    assert [] == await opened_parts.log.sessions(recording.id)
    looks = member.app[LOOKS]
    await looks.write()
    [day] = await looks.days()
    said = [look.of for look in await looks.on(day) if look.what == "visit erased"]
    assert [f"{recording.id}, {who}" for who in ("visitor", "parent")] == said
    assert audit not in repr(await looks.on(day))


async def test_each_of_two_erasures_is_in_the_access_log(
    member: Client, opened_parts: Parts, recording: Recording, key: Headers
) -> None:
    """Also within minutes, and of the same recording."""
    for _ in range(2):
        audit = await said_yes(opened_parts, recording)
        await member.post("/api/consents/erase", json={"audit": audit}, headers=key)

    looks = member.app[LOOKS]
    await looks.write()
    [day] = await looks.days()
    assert 2 == [look.what for look in await looks.on(day)].count("visit erased")


async def test_a_key_of_another_site_erases_nobody(
    member: Client, opened_parts: Parts, recording: Recording, make_key: MakeKey
) -> None:
    """Though whoever made it could."""
    audit = await said_yes(opened_parts, recording)
    headers = await make_key("manage", site="Theirs")
    member.session.cookie_jar.clear()

    for what in ("find", "erase"):
        response = await member.post(f"/api/consents/{what}", json={"audit": audit}, headers=headers)
        assert 404 == response.status
    assert 1 == len(await opened_parts.log.sessions(recording.id))


async def test_an_unknown_audit_id_is_not_found(member: Client, recording: Recording, key: Headers) -> None:
    """Nor is one that is none."""
    for audit, status in (("a" * 26, 404), ("../" * 8 + "aa", 400), ("a", 400)):
        response = await member.post("/api/consents/find", json={"audit": audit}, headers=key)
        assert status == response.status


async def test_the_answers_are_told_by_day(
    member: Client, opened_parts: Parts, recording: Recording, key: Headers
) -> None:
    """People in fives, with what was shown, by its hash."""
    for what, number in (("asked:mobile", 24), ("yes:mobile", 5), ("no:mobile", 4)):
        for _ in range(number):
            await opened_parts.log.count(recording, what)

    found = await (await member.get(f"/api/recordings/{recording.id}/consents", headers=key)).json()

    assert (20, 5, 0, 15) == tuple(found["counts"][what] for what in ("asked", "yes", "no", "ignored"))
    assert [(20, 5)] == [(day["asked"], day["yes"]) for day in found["days"]]
    assert {"en", "nl"} == set(found["languages"])


async def test_the_page_does_the_same(member: Client, opened_parts: Parts, recording: Recording) -> None:
    """Found by what a visitor reads out, erased with a click."""
    audit = await said_yes(opened_parts, recording)

    found = await (await send(member, "/consents/find", audit=f" {audit[:13]} {audit[13:].upper()}")).text()
    erased = await (await send(member, "/consents/erase", audit=audit, who="visitor")).text()
    unknown = await send(member, "/consents/find", audit="b" * 26)

    assert "this visit is being recorded" in found
    assert "Erase this visit" in found
    assert "everything raw of it erased" in erased
    assert "Erase this visit" not in erased
    assert 404 == unknown.status


async def test_an_erasure_is_told_to_who_manages_its_site_with_its_recording(
    member: Client, opened_parts: Parts, recording: Recording, key: Headers
) -> None:
    """Its address names no recording; a manager of that site alone sees the line, also by recording."""
    audit = await said_yes(opened_parts, recording)
    await member.post("/api/consents/find", json={"audit": audit}, headers=key)
    await member.post("/api/consents/erase", json={"audit": audit}, headers=key)
    await member.app[LOOKS].write()
    await become(member, "grace", {recording.site: Role.MANAGER})

    text = await (await member.get(f"/access?recording={recording.id}", headers=HTML)).text()

    assert "Erased everything raw of a visit" in text
    assert "Looked up where a visitor&#39;s consent stands" in text
    assert 2 == text.count(f'href="/recordings/{recording.id}/setup"')
