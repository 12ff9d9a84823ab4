"""What completion may look at: the names of tools and workflows, which `__getattr__` supplies.

IPython's completer reads attributes only of classes that it is told to be harmless.
"""

from __future__ import annotations

from typing import Any

from IPython.core.guarded_eval import EVALUATION_POLICIES, SelectivePolicy

from threadbook.library import workflows
from threadbook.tools import namespace


def complete_namespaces(completer: Any) -> None:
    """Have a completer offer tools, their callables, and workflows."""
    policy = EVALUATION_POLICIES["limited"]
    known = policy.allowed_getattr_external if isinstance(policy, SelectivePolicy) else set()
    ours = {*namespace.COMPLETED, *workflows.COMPLETED}
    completer.policy_overrides = {
        **completer.policy_overrides,
        "allowed_getattr_external": known | ours,
    }
