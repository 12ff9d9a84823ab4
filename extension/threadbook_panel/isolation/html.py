"""HTML of a kernel: what is harmless is shown in the page, all else in a frame of its own.

Both ways are safe whatever the HTML is: in the page only what is on a list is left of it, and the
frame has an origin of its own, from which a script reaches neither the page nor the server. So
which way is taken is a matter of looks alone.
"""

from __future__ import annotations

import html
import re
from collections import Counter

import nh3

from threadbook_panel.isolation import tex
from threadbook_panel.isolation.style import clean_style

LONGEST_INLINE = 256 * 1024
"""Most characters of HTML that are shown in the page: to clean it costs the server's time."""

_MOST_ENTITIES = 20_000
_MOST_OPEN = 100
"""Most elements that are open at a time: with more, a parser may need the square of the time."""

_MOST_FORMATS = 8
"""Most of them that a parser opens again in each block that follows."""

_MOST_FORMATTED = 250_000
"""Those, open or not, times all others: a parser may see fewer of their ends than are seen here."""

FRAME_HEIGHT = "400px"
"""For as long as nobody listens to what the frame says of its height."""

_TAGS = frozenset(
    """
    a abbr b bdi bdo blockquote br caption center cite code col colgroup dd del details dfn div dl
    dt em figcaption figure footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li mark ol p pre q
    rp rt ruby s samp section small span strike strong sub summary sup table tbody td tfoot th
    thead time tr tt u ul var
    """.split()  # noqa: SIM905  words read better so
)
_WITH_CONTENT = frozenset(
    ("noscript", "script", "select", "style", "template", "textarea", "title", "xmp")
)
_SHOWN = _TAGS | {"article", "body", "font", "head", "html", "main", "title", "wbr"}
"""With those that are taken away, and not missed."""

_EVERYWHERE = frozenset(
    ("align", "aria-label", "class", "dir", "lang", "role", "style", "tabindex", "title")
)
_ATTRIBUTES = {
    "a": {"href"},
    "col": {"span", "width"},
    "colgroup": {"span", "width"},
    "details": {"open"},
    "img": {"alt", "height", "src", "width"},
    "li": {"value"},
    "ol": {"reversed", "start", "type"},
    "table": {"border", "cellpadding", "cellspacing", "width"},
    "td": {"colspan", "rowspan", "scope", "valign"},
    "th": {"colspan", "rowspan", "scope", "valign"},
    "time": {"datetime"},
    "tr": {"valign"},
}
_IMAGE = r"data:image/(?:png|jpeg|gif|webp|bmp|avif|svg\+xml)(?:;charset=[\w-]+)?;base64,"
_CLASS = re.compile(r"dataframe|mathjax_ignore|tex2jax_ignore|threadbook-static(-[0-9a-f]{1,64})?")
_VALUES = {
    "aria-label": re.compile(r"[^\x00-\x1f]{0,200}"),
    "href": re.compile(r"(?:https?://|mailto:)[^\s\x00-\x1f]*", re.IGNORECASE),
    "role": re.compile("group|img|note"),
    "src": re.compile(rf"{_IMAGE}[\w+/=\s]*", re.ASCII),
    "tabindex": re.compile("0"),
}

_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)([^>]*)")
_VOID = frozenset(("br", "col", "hr", "img", "wbr"))
_FORMATS = frozenset(
    ("a", "b", "code", "em", "font", "i", "s", "small", "strike", "strong", "tt", "u")
)
_STYLE_OF_TABLES = re.compile(
    r"<style[^>]{0,99}>\s*(?:\.dataframe[^{}<]{0,300}\{[^{}<]{0,300}\}\s*)*</style\s*>",
    re.IGNORECASE,
)
"""As pandas and polars have it; JupyterLab has its own."""

_ACTIVE = re.compile(
    r"[\s/\"']on\w+\s*=|javascript:|url\s*\(|position\s*:|transform\s*:|z-index|animation"
    rf"|^<img\b(?!.*\ssrc\s*=\s*[\"']?{_IMAGE})",
    re.IGNORECASE | re.DOTALL,
)

# First in the frame, so that nothing of the content keeps it from telling how high that is.
_HEAD = (
    '<!DOCTYPE html><meta charset="utf-8">'
    "<style>body{margin:8px;font-family:sans-serif;font-size:13px}</style>"
    "<script>new ResizeObserver(()=>parent.postMessage({threadbook:'height',height:Math.ceil("
    "Math.max(document.documentElement.getBoundingClientRect().height,document.body"
    "?document.body.scrollHeight:0))},'*')).observe(document.documentElement)</script>"
)
_BEFORE = (
    '<iframe class="threadbook-isolated" sandbox="allow-scripts" referrerpolicy="no-referrer"'
    f' style="width:100%;height:{FRAME_HEIGHT};border:0;background:#fff"'
    ' title="Output in a frame of its own" srcdoc="'
)
_AFTER = '"></iframe>'


def isolated(source: str) -> str:
    """Return HTML that runs nothing in the page, and covers nothing of it."""
    source = whole(source)
    if is_frame(source):
        return source
    if not fits_page(source):
        return frame(source)
    cleaned = clean(source)
    return cleaned if fits_page(cleaned) else frame(source)


def clean(source: str) -> str:
    """Return what is on the list of harmless things, without the rest."""
    return tex.isolated(_CLEANER.clean(whole(source)))


def frame(source: str) -> str:
    """Return a frame that shows HTML, scripts included, apart from the page and the server."""
    return f"{_BEFORE}{html.escape(_HEAD + whole(source))}{_AFTER}"


def is_frame(source: str) -> bool:
    """Tell whether it is a frame as made here, and nothing besides."""
    inside = source[len(_BEFORE) : -len(_AFTER)]
    return source == f"{_BEFORE}{inside}{_AFTER}" and not set('"<>') & set(inside)


def fits_page(source: str) -> bool:
    """Tell whether HTML looks the same when it is cleaned, and is cleaned in no time."""
    if len(source) > LONGEST_INLINE or source.count("&") > _MOST_ENTITIES:
        return False
    return _is_plain(_STYLE_OF_TABLES.sub("", source))


def _is_plain(source: str) -> bool:
    """Tell whether all elements are shown in pages, and not too many are open at a time."""
    begun = Counter(tag[2].lower() in _FORMATS for tag in _TAG.finditer(source))
    if begun[True] * begun[False] > _MOST_FORMATTED:
        return False
    is_open: Counter[str] = Counter()
    depth = formats = 0
    for tag in _TAG.finditer(source):
        name, step = tag[2].lower(), 1
        if tag[1]:
            step = -1 if is_open[name] else 0
        elif name not in _SHOWN or (tag[3] and _ACTIVE.search(tag[0])):
            return False
        elif name in _VOID:
            continue
        is_open[name] += step
        depth += step
        formats += step * (name in _FORMATS)
        if depth > _MOST_OPEN or formats > _MOST_FORMATS:
            return False
    return True


def whole(source: str) -> str:
    """Return text that can be encoded, without halves of characters and without NUL."""
    return source.replace("\x00", "").encode(errors="replace").decode()


def _attribute(_tag: str, name: str, value: str) -> str | None:
    """Return the value of an attribute, or None where it goes; must not raise, as that keeps it."""
    if name == "style":
        return clean_style(value) or None
    if name == "class":
        return " ".join(filter(_CLASS.fullmatch, value.split())) or None
    pattern = _VALUES.get(name)
    return value if pattern is None or pattern.fullmatch(value) else None


_CLEANER = nh3.Cleaner(
    tags=set(_TAGS),
    clean_content_tags=set(_WITH_CONTENT),
    attributes={"*": set(_EVERYWHERE), **_ATTRIBUTES},
    attribute_filter=_attribute,
    link_rel="noopener noreferrer",
    set_tag_attribute_values={"a": {"target": "_blank"}},
    url_schemes={"data", "http", "https", "mailto"},
    url_relative="deny",
)
