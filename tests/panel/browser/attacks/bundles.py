"""Outputs of all MIME types that act, and what IPython makes of HTML and scripts."""

import sys

from IPython.display import HTML, Javascript, Latex, Markdown, display, publish_display_data

from . import filled, handler, run

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" onload="RUN">\n<script>RUN</script>\n'
    '<foreignObject><img xmlns="http://www.w3.org/1999/xhtml" src="data:,x" onerror="RUN"/>'
    "</foreignObject></svg>"
)
LOOSE = "%%{init: {'securityLevel': 'loose', 'htmlLabels': true}}%%\ngraph TD\n"
DIAGRAM = LOOSE + 'A["IMAGE"]\nclick A href "javascript:RUN"'
BUNDLES = {
    "application/javascript": {"application/javascript": "RUN"},
    "text/javascript": {"text/javascript": "RUN"},
    "upper case": {"TEXT/HTML": "IMAGE"},
    "parameter": {"text/html; charset=utf-8": "IMAGE"},
    "list of lines": {"text/html": ["<b>list</b>", "IMAGE"]},
    "beside a table": {"text/html": "IMAGE", "text/plain": "a table"},
    "xhtml": {"application/xhtml+xml": "IMAGE", "text/xml": "IMAGE"},
    "svg": {"image/svg+xml": SVG},
    "svg of lines": {"image/svg+xml": SVG.splitlines(keepends=True)},
    "svg as html": {"text/html": SVG},
    "image": {"image/png": 'x" onerror="RUN'},
    "markdown": {"text/markdown": "*text* IMAGE"},
    "markdown link": {"text/markdown": "[click](javascript:RUN)"},
    "markdown autolink": {"text/markdown": "<javascript:RUN>"},
    "markdown image": {"text/markdown": '![x](data:,x "\\" onerror=RUN")'},
    "markdown code": {"text/markdown": "```html\n</code></pre>IMAGE\n```"},
    "markdown language": {"text/markdown": '```"><img/src="data:,x"/onerror=RUN>\nx\n```'},
    "markdown heading": {"text/markdown": "# IMAGE\n\n| a |\n|-|\n| b |"},
    "markdown diagram": {"text/markdown": f"```mermaid\n{DIAGRAM}\n```"},
    "diagram": {"text/vnd.mermaid": DIAGRAM},
    "latex": {"text/latex": r"$\href{javascript:RUN}{click}$"},
    "latex html": {"text/latex": "IMAGE"},
    "json": {"application/json": {"text/html": "IMAGE", "__html": "IMAGE"}},
    "plain text": {"text/plain": "IMAGE"},
    "stream": {"application/vnd.jupyter.stdout": "IMAGE"},
    "error": {
        "application/vnd.jupyter.error": {"ename": "IMAGE", "evalue": "x", "traceback": ["IMAGE"]}
    },
    "vega": {
        "application/vnd.vegalite.v5+json": {
            "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
            "usermeta": {
                "embedOptions": {
                    "actions": {"source": "true"},
                    "defaultStyle": "body{display:none}</style>IMAGE",
                    "sourceHeader": "<script>opener.RUN</script>",
                }
            },
            "data": {"values": [{"x": "1", "link": "javascript:RUN"}]},
            "mark": "point",
            "encoding": {"x": {"field": "x"}, "href": {"field": "link"}},
        }
    },
    "unknown": {"application/vnd.unknown.v1+json": {"html": "IMAGE"}},
}
"""By what is tried; see `filled`."""

SHOWN_OTHERWISE = {"isolated by jupyter", "Javascript()", "HTML()", "Markdown()", "an update"}


def show():
    """Show what is no HTML, or is not only that."""
    for name, bundle in BUNDLES.items():
        publish_display_data(filled(bundle, name))
    isolated = {"isolated": True, "text/html": {"isolated": True}}
    publish_display_data({"text/html": handler("isolated by jupyter")}, isolated)
    display(Javascript(run("Javascript()")))
    display(HTML(handler("HTML()")), Markdown(handler("Markdown()")), Latex(handler("Latex()")))
    shown = display(HTML("nothing yet"), display_id=True)
    shown.update(HTML(handler("an update")))
    print(handler("print()"))
    print(handler("print() to stderr"), file=sys.stderr)
