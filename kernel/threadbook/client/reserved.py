"""Records of reserved kinds: corrections, erasures, aliases and scopes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, TypeVar

from threadbook.client.records import EmitResult
from threadbook.client.twins import twin_of
from threadbook.client.writing import Writing
from threadbook.errors import RecordError
from threadbook.records.kinds import validate_kind, validate_scope

T = TypeVar("T")


class Reserved(Writing):
    """The part of a client that writes `core.*` records which speak of other records."""

    async def emit_correction(
        self,
        *,
        corrects: list[str],
        revised_fields: dict[str, Any],
        reason: str,
        thread: str | None = None,
        correcting_actor: str | None = None,
    ) -> EmitResult:
        """Correct earlier records (`core.correction`): the later record wins when read."""
        return await self._put(
            "core.correction",
            thread,
            corrects=_ids("corrects", corrects),
            revised_fields=_filled("revised_fields", revised_fields, dict),
            reason=_filled("reason", reason),
            correcting_actor=correcting_actor or self.identity.actor_did,
        )

    async def emit_erasure(
        self,
        *,
        erases: list[str],
        reason: str,
        thread: str | None = None,
        authorized_by: str | None = None,
        effective_at: str | None = None,
    ) -> EmitResult:
        """Mark records as to be disregarded (`core.erasure`); they stay in the log."""
        return await self._put(
            "core.erasure",
            thread,
            erases=_ids("erases", erases),
            reason=_filled("reason", reason),
            authorized_by=authorized_by or self.identity.actor_did,
            effective_at=effective_at or _now(),
        )

    async def emit_alias(
        self,
        *,
        old_kind: str,
        new_kind: str,
        reason: str,
        thread: str | None = None,
        since: str | None = None,
        publisher_did: str | None = None,
    ) -> EmitResult:
        """Say that a kind has a new name (`core.alias`)."""
        return await self._put(
            "core.alias",
            thread,
            old_kind=validate_kind(old_kind),
            new_kind=validate_kind(new_kind),
            reason=_filled("reason", reason),
            since=since or _now(),
            publisher_did=publisher_did or self.identity.actor_did,
        )

    async def emit_scope_transfer(
        self,
        *,
        scope: str,
        from_publisher: str,
        to_publisher: str,
        reason: str,
        thread: str | None = None,
        effective_at: str | None = None,
    ) -> EmitResult:
        """Hand a scope to another publisher (`core.scope_transfer`)."""
        return await self._put(
            "core.scope_transfer",
            thread,
            scope=validate_scope(scope),
            from_publisher=_filled("from_publisher", from_publisher),
            to_publisher=_filled("to_publisher", to_publisher),
            reason=_filled("reason", reason),
            effective_at=effective_at or _now(),
        )

    async def emit_scope_claim(
        self,
        *,
        scope: str,
        governance_policy: dict[str, Any],
        thread: str | None = None,
        claimant: str | None = None,
        effective_at: str | None = None,
    ) -> EmitResult:
        """Claim a scope (`core.scope_claim`); the policy names its `type`."""
        if "type" not in _filled("governance_policy", governance_policy, dict):
            raise RecordError('governance_policy needs a "type"')
        return await self._put(
            "core.scope_claim",
            thread,
            scope=validate_scope(scope),
            claimant=claimant or self.identity.actor_did,
            governance_policy=governance_policy,
            effective_at=effective_at or _now(),
        )

    emit_correction_sync = twin_of(emit_correction)
    emit_erasure_sync = twin_of(emit_erasure)
    emit_alias_sync = twin_of(emit_alias)
    emit_scope_transfer_sync = twin_of(emit_scope_transfer)
    emit_scope_claim_sync = twin_of(emit_scope_claim)

    async def _put(self, kind: str, thread: str | None, **body: Any) -> EmitResult:
        return await self.emit(act="PUT", kind=kind, body=body, thread=thread)


def _filled(name: str, value: T, of: type = str) -> T:
    if not isinstance(value, of) or not value:
        raise RecordError(f"{name} must be a {of.__name__}, and not empty")
    return value


def _ids(name: str, value: Any) -> list[str]:
    ids: list[Any] = _filled(name, value, list)
    if not all(isinstance(item, str) and item for item in ids):
        raise RecordError(f"{name} must be a list of record ids")
    return ids


def _now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")
