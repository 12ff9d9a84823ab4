"""What a page would make of HTML, told by a parser that is not the sanitiser's own."""

import re

from bleach._vendor.html5lib import parseFragment

TAGS = frozenset(
    """
    a abbr b bdi bdo blockquote br caption center cite code col colgroup dd del details dfn div dl
    dt em figcaption figure footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li mark ol p pre q rp
    rt ruby s samp section small span strike strong sub summary sup table tbody td tfoot th thead
    time tr tt u ul var
    """.split()  # noqa: SIM905
)
ATTRIBUTES = frozenset(
    """
    align alt aria-label border cellpadding cellspacing class colspan datetime dir height href lang
    open rel reversed role rowspan scope span src start style tabindex target title type valign
    value width
    """.split()  # noqa: SIM905
)
FRAME = {
    "class": "threadbook-isolated",
    "sandbox": "allow-scripts",
    "referrerpolicy": "no-referrer",
    "style": "width:100%;height:400px;border:0;background:#fff",
    "title": "Output in a frame of its own",
}
VALUES = {
    "class": re.compile(
        r"((dataframe|mathjax_ignore|tex2jax_ignore|threadbook-static(-[0-9a-f]+)?) ?)+"
    ),
    "href": re.compile(r"(https?://|mailto:).*", re.IGNORECASE | re.DOTALL),
    "rel": re.compile("noopener noreferrer"),
    "role": re.compile("group|img|note"),
    "src": re.compile(r"data:image/[a-z+]+(;charset=[\w-]+)?;base64,[\w+/=\s]*", re.ASCII),
    "tabindex": re.compile("0"),
    "target": re.compile("_blank"),
}
OUT_OF_PLACE = re.compile(
    r"position|z-index|transform|animation|filter|clip|inset|url|expression|import|content|binding"
    r"|behavior|var\(|\\|@|:\s*-",
    re.IGNORECASE,
)
REACHING_OUT = re.compile(r"\\(href|require|data|mmltoken)", re.IGNORECASE)


def elements(source):
    """Return the elements of HTML, each with its attributes and the texts in and after it."""
    tree = parseFragment(source, treebuilder="etree", namespaceHTMLElements=False)
    return [
        (one.tag, dict(one.attrib), one.text, one.tail)
        for one in tree.iter()
        if one.tag != "DOCUMENT_FRAGMENT"
    ]


def acts(source):
    """Return what of HTML would act in a page, or outside of its place there."""
    found = []
    for tag, attributes, *texts in elements(source):
        if tag == "iframe":
            inside = attributes.pop("srcdoc", None)
            found += [] if attributes == FRAME and inside else [f"frame {attributes}"]
        elif tag not in TAGS:
            found.append(f"element {tag}")
        else:
            found += [f"{tag} {item}" for item in attributes.items() if not is_harmless(*item)]
        found += [f"macro {text}" for text in texts if text and REACHING_OUT.search(text)]
    return found


def is_harmless(name, value):
    if name == "style":
        return OUT_OF_PLACE.search(value) is None
    return name in ATTRIBUTES and (name not in VALUES or VALUES[name].fullmatch(value) is not None)
