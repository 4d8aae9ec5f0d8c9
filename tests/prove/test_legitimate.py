from tests.prove.legitimate import AFTER, UNTIL_RESTART, allowed

MEMORIES = ("memory of recorder", "memory of heatmap", "memory of drawer", "memory of event store")


def test_an_audit_id_may_be_in_consent_records_only() -> None:
    """Nowhere else in the store, and not in a log."""
    assert allowed("audit ids", "bucket", "yesmap/consents/0/1/given.json", AFTER)
    assert not allowed("audit ids", "bucket", "yesmap/pictures/0/1/click.png", AFTER)
    assert not allowed("audit ids", "logs", "recorder.log", AFTER)


def test_no_key_and_no_event_may_be_anywhere() -> None:
    """Not in a file, not in the event store, and in no memory, also of what goes on running."""
    for kind in ("recording key", "session keys", "events", "accepted bodies", "tokens", "addresses"):
        for place in ("append-only file", "bucket", "data folder", "logs", *MEMORIES):
            assert not allowed(kind, place, "", (*AFTER, *UNTIL_RESTART)), (kind, place)


def test_of_the_object_store_only_the_recording_key_may_be_in_memory_that_is_not_ours() -> None:
    """Where its disk is in memory, and, until it is restarted, where it answers; nothing that anybody did is there."""
    assert allowed("recording key", "memory of ceph-osd", "", AFTER)
    assert allowed("recording key", "memory of radosgw", "", UNTIL_RESTART)
    assert not allowed("recording key", "memory of radosgw", "", AFTER)
    for kind in (
        "session keys",
        "sealed batches",
        "session ids",
        "events",
        "accepted bodies",
        "tokens",
        "addresses",
    ):
        for place in ("memory of radosgw", "memory of ceph-osd", "memory of ceph-mon"):
            assert not allowed(kind, place, "", (*AFTER, *UNTIL_RESTART)), (kind, place)


def test_no_session_may_be_in_a_memory_after_a_restart() -> None:
    """Names and sealed batches stay in buffers that are in use, not longer."""
    for place in MEMORIES:
        assert allowed("session ids", place, "", UNTIL_RESTART)
        assert not allowed("session ids", place, "", AFTER)
