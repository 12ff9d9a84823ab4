"""HTML that acts, in as many ways as there are, or that covers the page."""

from IPython.display import publish_display_data

from . import filled

PIXEL = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="
COVER = "position:fixed;inset:0;z-index:2147483647;background:#fff"

MARKUP = {
    "script": "<script>RUN</script>",
    "script that closes": "</script></style></textarea></title></template><script>RUN</script>",
    "script elsewhere": '<script src="data:text/javascript,RUN"></script>',
    "script module": "<script type=module>RUN</script>",
    "script in upper case": "<SCRIPT\x0c>RUN</SCRIPT\t>",
    "script in svg": "<svg><script>RUN</script></svg>",
    "script linked in svg": '<svg><script href="data:text/javascript,RUN" /></svg>',
    "image that fails": "<img src=data:,x onerror=RUN>",
    "image that loads": f'<img src="{PIXEL}" onload="RUN">',
    "image in a broken attribute": "<p title=\"'\"><img src=data:,x onerror=RUN></p>\">",
    "slashes for spaces": '<img/src="data:,x"/onerror=RUN>',
    "svg onload": '<svg onload="RUN"></svg>',
    "svg animation": '<svg><animate onbegin="RUN" attributeName=x dur=1s></svg>',
    "details": "<details open ontoggle=RUN><summary>x</summary></details>",
    "focus": "<input autofocus onfocus=RUN>",
    "focus of anything": '<p tabindex=0 onfocus="RUN">x</p>',
    "media": "<video autoplay onerror=RUN src=data:,x></video>",
    "media source": "<audio><source onerror=RUN src=data:,x></audio>",
    "css animation": "<style>@keyframes pwn{}</style>"
    '<p style="animation:pwn 1ms" onanimationstart="RUN">x</p>',
    "animation of jupyter": '<p style="animation:tb-flash 1ms" onanimationstart="RUN">x</p>',
    "click": '<button onclick="RUN">click</button>',
    "javascript link": '<a href="javascript:RUN">click</a>',
    "javascript link in disguise": '<a href="&#1; java&Tab;script&colon;RUN">click</a>',
    "javascript link to the top": '<a target=_top href="javascript:RUN">click</a>',
    "javascript link in svg": '<svg><a xlink:href="javascript:RUN"><text>click</text></a></svg>',
    "javascript link made later": '<svg><a><animate attributeName=href values="javascript:RUN"'
    ' begin=0s fill=freeze /><text y=9>click</text></a></svg>',
    "javascript link in mathml": '<math><mtext href="javascript:RUN">click</mtext></math>',
    "area": f'<img usemap="#pwn" src="{PIXEL}"><map name=pwn>'
    '<area href="javascript:RUN" coords=0,0,9,9></map>',
    "form": '<form action="javascript:RUN"><button>click</button></form>',
    "form of a button": '<form><button formaction="javascript:RUN">click</button></form>',
    "frame of javascript": '<iframe src="javascript:RUN"></iframe>',
    "frame with a document": '<iframe srcdoc="<script>RUN</script>"></iframe>',
    "frame that loads": '<iframe src="about:blank" onload="RUN"></iframe>',
    "frame that looks like ours": '<iframe class="threadbook-isolated" '
    'sandbox="allow-scripts allow-same-origin" srcdoc="<script>RUN</script>"></iframe>',
    "object": '<object data="javascript:RUN"></object>',
    "object that fails": '<object data="data:,x" onerror="RUN"></object>',
    "embed": '<embed src="javascript:RUN">',
    "mathml and styles": "<math><mtext><table><mglyph><style><!--</style>"
    '<img title="--&gt;&lt;img src=data:,x onerror=RUN&gt;"></table></mtext></math>',
    "math in a form": "<form><math><mtext></form><form><mglyph><style></math>"
    "<img src=data:,x onerror=RUN>",
    "noscript": '<noscript><p title="</noscript><img src=data:,x onerror=RUN>"></noscript>',
    "comment": "<!--><img src=data:,x onerror=RUN>-->",
    "comment that ends oddly": "<!-- --!><img src=data:,x onerror=RUN> -->",
    "style in svg": '<svg></p><style><a id="</style><img src=data:,x onerror=RUN>">',
    "title in svg": "<svg><title><style></title><img src=data:,x onerror=RUN></style></svg>",
    "select": "<select><template><style><!--</style><a rel='--></style></template></select>"
    "<img src=data:,x onerror=RUN>'>",
    "plain text element": "<xmp><p title='</xmp><img src=data:,x onerror=RUN>'></xmp>",
    "annotation": "<math><annotation-xml encoding='text/html'><style>"
    "<img src=data:,x onerror=RUN></style></annotation-xml></math>",
    "cdata": "<svg><![CDATA[><img src=data:,x onerror=RUN>]]></svg>",
    "processing instruction": "<?x ><img src=data:,x onerror=RUN>?>",
    "nested too deep": "<b>" * 600 + "<script>RUN</script>",
    "nul": "<im\x00g src=data:,x onerror=RUN><scr\x00ipt>RUN</script>",
    "mathjax link": r"<p>$\href{javascript:RUN}{click}$</p>",
    "mathjax link with a tab": "<p>$\\href{java\tscript:RUN}{click}$</p>",
    "mathjax link in pieces": "<p>$\\hr<wbr>ef{java\tscript:RUN}{click}$</p>",
    "mathjax link in entities": "<p>$&#92;hr&#101;f{java&Tab;script:RUN}{click}$</p>",
    "mathjax html": r"<p>$\unicode{<img src=data:,x onerror=RUN>}$"
    r"$\text{&lt;img src=data:,x onerror=RUN&gt;}$",
    "command of jupyterlab": '<button data-commandlinker-command="console:inject" '
    'data-commandlinker-args=\'{"x": 1}\' onclick="RUN">click</button>',
}  # fmt: skip
"""By what is tried; see `filled`."""

COVERS = [
    f'<p style="{COVER}">Nothing to see</p>',
    f"<style>body::after{{content:'';{COVER}}} body *{{display:none!important}}</style>",
    f'<link rel=stylesheet href="data:text/css,body%7B{COVER}%7D">',
    '<div class="jp-Dialog lm-Widget">Nothing to see</div>',
    '<div class="Toastify__toast-container" style="width:100vw;height:100vh">Nothing</div>',
    '<div class="lm-Menu" style="width:100vw;height:100vh">Nothing to see</div>',
    f'<dialog open style="{COVER}">Nothing to see</dialog>',
    f'<p popover=manual id=pop style="{COVER}">x</p><button popovertarget=pop>show</button>',
    f'<svg style="{COVER}"><foreignObject><p>x</p></foreignObject></svg>',
    '<p style="margin:-3000px;padding:3000px;position:relative;background:#fff">x</p>',
    rf"$\style{{{COVER}}}{{x}} \class{{jp-Dialog}}{{y}} \cssId{{threadbook-panel}}{{z}}$",
    r"$\rlap{\rule{500em}{500em}} \llap{\raise500em{\rule{500em}{900em}}}$",
    "<img name=cookie><form name=body id=jupyter-config-data><input name=x></form>",
    '<p id="threadbook-panel">Approved</p>',
    '<base href="https://hostile.invalid/">',
    '<meta http-equiv=refresh content="0;url=about:blank">',
]


def show(names):
    """Show some of the markup, each in an output of its own."""
    for name in names:
        publish_display_data({"text/html": filled(MARKUP[name], name)})


def show_covers():
    """Show what would be over the page, or in the place of something of it."""
    for cover in COVERS:
        publish_display_data({"text/html": cover})
        publish_display_data({"text/latex": cover})
