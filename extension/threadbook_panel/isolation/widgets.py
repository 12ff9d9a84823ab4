"""Comms of a kernel: on each a page may be told to run something, so only what is known passes."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from threadbook_panel.isolation.allowed import Allowed
from threadbook_panel.isolation.models import (
    IDENTITY,
    Isolate,
    Kind,
    State,
    has_our_code,
    is_known,
    is_panel,
    isolated_state,
    kind_of,
    may_be_binary,
    panel_state,
)

TARGET = "jupyter.widget"
CONTROL = "jupyter.widget.control"

_MOST_MODELS = 200_000
"""Most models of a kernel: with more, no new ones get to pages. None is ever forgotten."""

_MOST_NAMED = 10_000
"""Of how many comms it is kept why they have no model; the oldest are forgotten."""

_CODE = frozenset(("_esm", "_css"))
_MODEL = "IPY_MODEL_"

Comm = tuple[dict[str, Any], list[bytes]]
"""The content of a message on a comm, and its buffers."""

Path = list[Any]
"""Where in a state a buffer belongs: keys and indexes, from the outside in."""


class Refused(Exception):
    """A message that no page gets, and why."""


class Widgets:
    """What is known of the comms of one kernel, over all connections to it.

    A comm is for ever what it was at first. Connections are not at the same message at the same
    time, and of what one page has forgotten another may still have the model.
    """

    def __init__(self, allowed: Allowed, isolate: Isolate) -> None:
        self._allowed = allowed
        self._isolate = isolate
        self._models: dict[str, Kind] = {}
        self._refused: OrderedDict[str, None] = OrderedDict()
        self._targets: OrderedDict[str, str] = OrderedDict()

    def is_refused(self, model_id: str) -> bool:
        """Tell whether a model was kept from pages."""
        return model_id in self._refused

    def opened_by_page(self, content: dict[str, Any]) -> None:
        """Take note of a comm that a front end opens. Raises Refused where it is not one."""
        comm_id, target = _text(content, "comm_id"), _text(content, "target_name")
        if target != TARGET:
            self._opened_for(target, comm_id)
        elif (kind := kind_of(_mapping(_mapping(content, "data"), "state"))) is not None:
            self._models.setdefault(comm_id, kind)

    def opened(self, content: dict[str, Any], buffers: list[bytes]) -> Comm:
        """Return the opening of a comm by the kernel as pages may have it. Raises Refused."""
        comm_id, target = _text(content, "comm_id"), _text(content, "target_name")
        if target in self._allowed.modules:
            self._opened_for(target, comm_id)
            return content, buffers
        if target != TARGET or content.get("target_module") is not None:
            raise Refused(f"a comm with the target {target!r:.80}")
        data = _mapping(content, "data")
        state = self._whole_state(comm_id, _mapping(data, "state"), _paths(data, buffers))
        return content | {"data": data | {"state": state}}, buffers

    def said(self, content: dict[str, Any], buffers: list[bytes]) -> Comm:
        """Return a message on a comm as pages may have it. Raises Refused."""
        comm_id = _text(content, "comm_id")
        target = self._targets.get(comm_id, TARGET)
        if target == CONTROL:
            return self._all_states(content, buffers)
        if target != TARGET:  # opened by a page, or with a target that the person allows
            return content, buffers
        data = _mapping(content, "data")
        method = data.get("method")
        if method in ("update", "echo_update"):
            state = self._update(comm_id, _mapping(data, "state"), _paths(data, buffers))
            return content | {"data": data | {"state": state}}, buffers
        if method == "custom" and comm_id in self._models:  # our panel's; others do nothing with it
            return content, buffers
        raise Refused(f"a message ({method!r:.80}) on a comm that no page may have")

    def _opened_for(self, target: str, comm_id: str) -> None:
        if comm_id in self._models or self._targets.get(comm_id, target) != target:
            raise Refused("a comm that becomes another one")
        _keep(self._targets, comm_id, target)

    def _update(self, model_id: str, state: State, paths: list[Path]) -> State:
        kind = self._models.get(model_id)
        if kind is None and kind_of(state) is None:
            raise Refused("a change of no known model")
        if kind is None:  # made while no page looked on, and asked for by a page now
            return self._whole_state(model_id, state, paths)
        if self._is_allowed(kind):
            return state
        if any(state.get(key, told) != told for key, told in zip(IDENTITY, kind, strict=True)):
            raise Refused("a model that becomes another one")
        if is_known(kind):
            return self._isolated(kind, state, paths)
        if paths or (_CODE & state.keys() and not has_our_code(state)):
            raise Refused("other code for the panel")
        return panel_state(state)

    def _all_states(self, content: dict[str, Any], buffers: list[bytes]) -> Comm:
        """Return what the kernel says of all its models, without those that no page may have."""
        data = _mapping(content, "data")
        if data.get("method") != "update_states":
            raise Refused(f"a message ({data.get('method')!r:.80}) about all widgets")
        placed = list(zip(_paths(data, buffers), buffers, strict=True))
        kept = {}
        for model_id, entry in _mapping(data, "states").items():
            paths = [path for path, _ in placed if path[0] == model_id]
            try:
                kept[model_id] = self._entry(model_id, entry, paths)
            except Refused:
                continue
        placed = [(path, buffer) for path, buffer in placed if path[0] in kept]
        states = {"states": kept, "buffer_paths": [path for path, _ in placed]}
        return content | {"data": data | states}, [buffer for _, buffer in placed]

    def _entry(self, model_id: str, entry: Any, paths: list[Path]) -> dict[str, Any]:
        """Return what the kernel says of one of all its models."""
        if not isinstance(entry, dict):
            raise Refused("a state of no model")
        state = _mapping(entry, "state")
        if any(entry.get(key.removeprefix("_")) != state.get(key) for key in IDENTITY[:2]):
            raise Refused("a state of another model")
        inner = [path[2:] for path in paths if path[1:2] == ["state"]]
        if len(inner) < len(paths) or not all(inner):
            raise Refused("bytes for no part of a state")
        return {**entry, "state": self._whole_state(model_id, state, inner)}

    def _whole_state(self, model_id: str, state: State, paths: list[Path]) -> State:
        """Return the state of which a page makes a model, and keep what that is."""
        try:
            kind = self._kind(model_id, state)
            isolated = self._isolated_model(kind, state, paths)
        except Refused:
            _keep(self._refused, model_id, None)
            raise
        self._refused.pop(model_id, None)
        self._models[model_id] = kind
        return isolated

    def _kind(self, model_id: str, state: State) -> Kind:
        """Return the kind of a model that a page is to make, or has made."""
        kind = kind_of(state)
        if kind is None:
            raise Refused("a model that does not say what it is")
        if self._models.get(model_id, kind) != kind or model_id in self._targets:
            raise Refused("a model that becomes another one")
        if model_id not in self._models and len(self._models) >= _MOST_MODELS:
            raise Refused("one model too many")
        return kind

    def _isolated_model(self, kind: Kind, state: State, paths: list[Path]) -> State:
        if self._is_allowed(kind):
            return state
        if is_known(kind):
            return self._isolated(kind, state, paths)
        if is_panel(kind) and has_our_code(state) and not paths:
            return panel_state(state)
        raise Refused(f"a widget of the module {kind.model_module!r:.80}")

    def _isolated(self, kind: Kind, state: State, paths: list[Path]) -> State:
        if not all(may_be_binary(kind, path) for path in paths):
            raise Refused("bytes where text is looked through")
        isolated = isolated_state(kind, state, self._isolate)
        children = isolated.get("children")
        if isinstance(children, list):  # a page shows none of them where it lacks one
            isolated["children"] = [child for child in children if not self._is_missing(child)]
        return isolated

    def _is_missing(self, child: Any) -> bool:
        return isinstance(child, str) and self.is_refused(child.removeprefix(_MODEL))

    def _is_allowed(self, kind: Kind) -> bool:
        return {kind.model_module, kind.view_module or kind.model_module} <= self._allowed.modules


def _keep(kept: OrderedDict[str, Any], key: str, value: Any) -> None:
    kept[key] = value
    kept.move_to_end(key)
    while len(kept) > _MOST_NAMED:
        kept.popitem(last=False)


def _text(content: dict[str, Any], name: str) -> str:
    value = content.get(name)
    if not isinstance(value, str):
        raise Refused(f"a message on a comm without {name}")
    return value


def _mapping(content: dict[str, Any], name: str) -> dict[str, Any]:
    value = content.get(name)
    if not isinstance(value, dict):
        raise Refused(f"a message on a comm without {name}")
    return value


def _paths(data: dict[str, Any], buffers: list[bytes]) -> list[Path]:
    """Return where in the state each of the buffers belongs."""
    paths = data.get("buffer_paths") or []
    if not isinstance(paths, list) or len(paths) != len(buffers):
        raise Refused("bytes that belong nowhere")
    if not all(isinstance(path, list) and path for path in paths):
        raise Refused("bytes that belong nowhere")
    return paths
