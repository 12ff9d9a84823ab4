"""References: preference, forms and refusals. What the SDK makes is in test_published_sdk.py."""

import pytest

from threadbook.errors import RecordError
from threadbook.records.refs import Ref


@pytest.mark.parametrize(
    ("reference", "kind", "identifier"),
    [
        (Ref.music_track(isrc="US1", spotify_id="s"), "@music.track", "isrc:US1"),
        (Ref.music_track(apple_id="a", spotify_id="s"), "@music.track", "spotify:s"),
        (Ref.code_file(path="a.py", repo="o/r"), "@code.file", "github:o/r:a.py"),
        (Ref.code_file(path="a.py", git_url="ssh://h/r"), "@code.file", "git:ssh://h/r:a.py"),
        (Ref.ops_incident(linear="L-1", url="u"), "@ops.incident", "linear:L-1"),
        (Ref.cal_event(uid="u@x"), "@cal.event", "icalendar:u@x"),
        (Ref.social_person(did="did:x:1", email="e"), "@social.person", "did:x:1"),
        (Ref.social_person(handle="site", name="ann"), "@social.person", "site:ann"),
        (Ref.media_photo(url="u"), "@media.photo", "url:u"),
        (Ref.media_video(vimeo="1", sha256="ab"), "@media.video", "vimeo:1"),
        (Ref.doc_text(platform_id="notion:1"), "@doc.text", "notion:1"),
        (Ref.fin_transaction(plaid="p"), "@fin.transaction", "plaid:p"),
        (Ref.research_paper(s2="1"), "@research.paper", "s2:1"),
        (Ref.core_thread(id="th_1"), "@core.thread", "thread:th_1"),
    ],
)
def test_the_first_available_identifier_wins(reference, kind, identifier):
    assert reference == {"kind": kind, "id": identifier}


@pytest.mark.parametrize(
    "make",
    [
        Ref.music_track,
        lambda: Ref.code_file(path="", repo="o/r"),
        lambda: Ref.code_file(path="a.py"),
        Ref.ops_incident,
        lambda: Ref.cal_event(uid=""),
        Ref.social_person,
        lambda: Ref.social_person(handle="site"),
        lambda: Ref.social_person(name="ann"),
        Ref.media_photo,
        Ref.media_video,
        Ref.doc_text,
        lambda: Ref.doc_text(platform_id="no-colon"),
        Ref.fin_transaction,
        Ref.research_paper,
        lambda: Ref.core_thread(id=""),
    ],
)
def test_without_a_usable_identifier_the_reference_is_refused(make):
    with pytest.raises(RecordError):
        make()
