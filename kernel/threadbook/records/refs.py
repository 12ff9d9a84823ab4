"""References: what a record is about, in identifiers that several publishers share."""

from __future__ import annotations

from threadbook.errors import RecordError

Reference = dict[str, str]


def _first(kind: str, **ids: str | None) -> Reference:
    """Build the reference from the first id that is given; keyword order is preference."""
    for value in ids.values():
        if value:
            return {"kind": kind, "id": value}
    raise RecordError(f"{kind} needs one of: {', '.join(ids)}")


def _scheme(scheme: str, value: str | None) -> str | None:
    return f"{scheme}:{value}" if value else None


class Ref:
    """The eleven shared reference kinds; each returns `{"kind": "@…", "id": "<scheme>:<value>"}`.

    The first available argument, in the order of the signature, wins; none raises RecordError.
    """

    @staticmethod
    def music_track(
        *, isrc: str | None = None, spotify_id: str | None = None, apple_id: str | None = None
    ) -> Reference:
        """Return a reference to a recording."""
        return _first(
            "@music.track",
            isrc=_scheme("isrc", isrc),
            spotify_id=_scheme("spotify", spotify_id),
            apple_id=_scheme("apple", apple_id),
        )

    @staticmethod
    def code_file(*, path: str, repo: str | None = None, git_url: str | None = None) -> Reference:
        """Return a reference to a source file; `repo` is `owner/name` on GitHub."""
        if not path:
            raise RecordError("@code.file needs a path")
        return _first(
            "@code.file",
            repo=_scheme("github", repo and f"{repo}:{path}"),
            git_url=_scheme("git", git_url and f"{git_url}:{path}"),
        )

    @staticmethod
    def ops_incident(
        *, pagerduty: str | None = None, linear: str | None = None, url: str | None = None
    ) -> Reference:
        """Return a reference to a production incident."""
        return _first(
            "@ops.incident",
            pagerduty=_scheme("pagerduty", pagerduty),
            linear=_scheme("linear", linear),
            url=_scheme("url", url),
        )

    @staticmethod
    def cal_event(*, uid: str) -> Reference:
        """Return a reference to a calendar event; `uid` is the UID of RFC 5545."""
        return _first("@cal.event", uid=_scheme("icalendar", uid))

    @staticmethod
    def social_person(
        *,
        did: str | None = None,
        email: str | None = None,
        handle: str | None = None,
        name: str | None = None,
    ) -> Reference:
        """Return a reference to a person; `handle` is the platform on which `name` is known."""
        return _first(
            "@social.person",
            did=did,
            email=_scheme("email", email),
            handle_and_name=f"{handle}:{name}" if handle and name else None,
        )

    @staticmethod
    def media_photo(*, sha256: str | None = None, url: str | None = None) -> Reference:
        """Return a reference to a photograph."""
        return _first("@media.photo", sha256=_scheme("sha256", sha256), url=_scheme("url", url))

    @staticmethod
    def media_video(
        *, youtube: str | None = None, vimeo: str | None = None, sha256: str | None = None
    ) -> Reference:
        """Return a reference to a video."""
        return _first(
            "@media.video",
            youtube=_scheme("youtube", youtube),
            vimeo=_scheme("vimeo", vimeo),
            sha256=_scheme("sha256", sha256),
        )

    @staticmethod
    def doc_text(
        *, doi: str | None = None, url: str | None = None, platform_id: str | None = None
    ) -> Reference:
        """Return a reference to a document; `platform_id` is `<platform>:<id>` already."""
        if not (doi or url) and platform_id and ":" not in platform_id:
            raise RecordError(f"@doc.text: platform_id must be <platform>:<id>, not {platform_id}")
        return _first(
            "@doc.text",
            doi=_scheme("doi", doi),
            url=_scheme("url", url),
            platform_id=platform_id,
        )

    @staticmethod
    def fin_transaction(
        *, stripe: str | None = None, plaid: str | None = None, iso20022: str | None = None
    ) -> Reference:
        """Return a reference to a payment."""
        return _first(
            "@fin.transaction",
            stripe=_scheme("stripe", stripe),
            plaid=_scheme("plaid", plaid),
            iso20022=_scheme("iso20022", iso20022),
        )

    @staticmethod
    def research_paper(
        *, doi: str | None = None, arxiv: str | None = None, s2: str | None = None
    ) -> Reference:
        """Return a reference to a paper; `s2` is its Semantic Scholar id."""
        return _first(
            "@research.paper",
            doi=_scheme("doi", doi),
            arxiv=_scheme("arxiv", arxiv),
            s2=_scheme("s2", s2),
        )

    @staticmethod
    def core_thread(*, id: str) -> Reference:  # noqa: A002  the published SDK's parameter name
        """Return a reference to another thread."""
        return _first("@core.thread", id=_scheme("thread", id))
