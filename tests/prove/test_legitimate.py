from tests.prove.legitimate import AFTER, UNTIL_RESTART, allowed


def test_an_audit_id_may_be_in_consent_records_only() -> None:
    """Nowhere else in the store, and not in a log."""
    assert allowed("audit ids", "bucket", "yesmap/consents/0/1/given.json", AFTER)
    assert not allowed("audit ids", "bucket", "yesmap/pictures/0/1/click.png", AFTER)
    assert not allowed("audit ids", "logs", "recorder.log", AFTER)


def test_no_key_and_no_event_may_be_anywhere_but_in_the_memory_of_a_running_face() -> None:
    """Not in a file, not in the event store, and after a restart in no memory either."""
    for kind in ("recording key", "session keys", "events", "tokens", "addresses"):
        for place in ("append-only file", "bucket", "data folder", "logs", "memory of event store"):
            assert not allowed(kind, place, "", (*AFTER, *UNTIL_RESTART)), (kind, place)
        assert not allowed(kind, "memory of recorder", "", AFTER)
