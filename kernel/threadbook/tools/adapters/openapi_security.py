"""Security schemes of OpenAPI documents: which secret goes where in a request."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from threadbook.errors import ToolCallError
from threadbook.tools.adapters.fields import Place
from threadbook.tools.adapters.openapi_document import Document
from threadbook.tools.adapters.openapi_parts import Pieces
from threadbook.tools.adapters.request import check_header_name, encoded, is_header_text
from threadbook.tools.adapters.secret import Template, UsedSecrets
from threadbook.tools.names import did_you_mean

Kind = Literal["key", "bearer", "basic"]


class Credential(msgspec.Struct, frozen=True, kw_only=True):
    """A secret and where it goes. For basic authentication it is `user:password`."""

    kind: Kind
    place: Literal["header", "query", "cookie"]
    name: str
    template: Template

    def put(self, pieces: Pieces, secrets: UsedSecrets) -> None:
        """Put the secret where it belongs. Raises ToolCallError."""
        text = self.template.fill(secrets)
        if self.kind == "basic":
            text = f"Basic {base64.b64encode(text.encode()).decode()}"
        elif self.kind == "bearer":
            text = f"Bearer {text}"
        if self.place == "query":
            pieces.pairs.append((encoded(self.name), encoded(text)))
        elif self.place == "cookie":
            pieces.cookies.append((encoded(self.name), encoded(text)))
        elif is_header_text(text):
            pieces.headers[self.name] = text
        else:
            raise ToolCallError(
                f"the secret for the header {self.name} holds what no header may",
                remedy="look for a line break at its end",
            )


def credentials(document: Document, auth: Mapping[str, str], place: Place) -> dict[str, Credential]:
    """Return a credential for each scheme that `auth` names a secret for."""
    at = document.place.at("components")
    components = document.mapping(document.root.get("components"), at)
    at = at.at("securitySchemes")
    schemes = document.mapping(components.get("securitySchemes"), at)
    found = {}
    for name, text in auth.items():
        if name not in schemes:
            raise place.at(name).error(f"is no scheme{did_you_mean(name, map(str, schemes))}")
        template = Template.parse(text, place.at(name))
        if not template.names:
            raise place.at(name).error("holds no reference to a secret", remedy="secret:NAME")
        found[name] = _credential(document.mapping(schemes[name], at), template, at.at(name))
    return found


def chosen(
    document: Document, security: Any, known: Mapping[str, Credential], place: Place
) -> tuple[Credential, ...]:
    """Return the credentials of the first alternative for which there are all.

    None where there is no such alternative: then the request is sent as it is, and the server
    says what it thinks of that.
    """
    for one in document.sequence(security, place.at("security")):
        names = list(document.mapping(one, place.at("security")))
        if all(name in known for name in names):
            return tuple(known[name] for name in names)
    return ()


def _credential(scheme: dict[str, Any], template: Template, place: Place) -> Credential:
    match scheme:
        case {"type": "apiKey", "in": "header" | "query" | "cookie" as where, "name": str(name)}:
            if where == "header":
                check_header_name(name, place.at("name"))
            return Credential(kind="key", place=where, name=name, template=template)
        case {"type": "http", "scheme": str(text)} if text.lower() == "basic":
            return _authorization("basic", template)
        case {"type": "http", "scheme": str(text)} if text.lower() == "bearer":
            return _authorization("bearer", template)
        case {"type": "oauth2" | "openIdConnect"}:  # the secret is a token that was issued before
            return _authorization("bearer", template)
    raise place.error(
        "is none of apiKey, http basic and bearer, oauth2 and openIdConnect",
        remedy="leave it out of auth, and write headers",
    )


def _authorization(kind: Kind, template: Template) -> Credential:
    return Credential(kind=kind, place="header", name="Authorization", template=template)
