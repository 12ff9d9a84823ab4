"""What outputs are for still works where they are kept from acting in the page."""

import re

import nbformat
from playwright.sync_api import expect
from tests.panel.browser.pages import Notebook

FRAME = "iframe.threadbook-isolated"
CHART = """
<style>body { margin: 0 }</style>
<div id=chart onclick="draw('again', 500)"></div>
<script>
  function draw(text, height) {
    chart.textContent = text;
    chart.style.height = `${height}px`;
  }
  draw(`${['dr', 'awn'].join('')} by ${location.href}`, 300);
</script>
"""
SHOW_CHART = f"from IPython.display import HTML\nHTML({CHART!r})"
TABLES = """
import pandas
from IPython.display import display
table = pandas.DataFrame({"animal": ["<b>owl</b>", "elk"], "mass": [1.5, 300]})
display(table, thread, trust, tools.list())
print("shown", "all")
"""
PLOT = "import matplotlib.pyplot as plt\n%matplotlib inline\nplt.plot([1, 2]);"
WIDGETS = """
import ipywidgets
from IPython.display import display
@ipywidgets.interact(x=(0, 10))
def tell(x=5): print("x is", x)
box = ipywidgets.HBox([ipywidgets.Button(description="Press"), ipywidgets.HTML("<b>not yet</b>")])
@box.children[0].on_click
def pressed(_button): box.children[1].value = "<i>pressed</i>"
display(box)
"""
CHANGES_UNTIL_REST = """(frame) => new Promise((done) => {
  let changes = 0;
  let rest = setTimeout(() => done(changes), 900);
  new MutationObserver(() => {
    changes += 1;
    clearTimeout(rest);
    rest = setTimeout(() => done(changes), 900);
  }).observe(frame, { attributes: true });
})"""


def expect_chart(place):
    """Expect that the chart was drawn, and that its frame is as high as it is."""
    frame = place.locator(FRAME)
    expect(frame.content_frame.locator("#chart")).to_have_text("drawn by about:srcdoc")
    expect(frame).to_have_css("height", "300px")
    return frame


def test_tables_and_plots_are_in_the_page(desk):
    notebook = desk.new_notebook()
    output = notebook.run(TABLES).locator(".jp-Cell-outputArea")
    expect(output).to_contain_text("shown all")
    expect(output.locator("iframe")).to_have_count(0)
    expect(output.locator("table")).to_have_count(4)
    table = output.locator("table.dataframe")
    shown = ["animal", "mass", "0", "<b>owl</b>", "1.5", "1", "elk", "300.0"]
    assert table.inner_text().split() == shown
    expect(table.locator("th", has_text="mass")).to_have_css("font-weight", "700")
    expect(table.locator("td").first).to_have_css("text-align", "right")
    image = notebook.run(PLOT).locator(".jp-Cell-outputArea img")
    expect(image).to_have_attribute("src", re.compile("^data:image/png;base64,"))
    assert image.evaluate("(image) => image.decode().then(() => image.naturalWidth)") > 100


def test_a_script_draws_in_a_frame_that_is_as_high_as_what_it_draws(desk):
    frame = expect_chart(desk.new_notebook().run(SHOW_CHART))
    chart = frame.content_frame.locator("#chart")
    chart.click()
    expect(frame).to_have_css("height", "500px")
    chart.evaluate("() => draw('too high', 5000)")
    expect(frame).to_have_css("height", "1200px")
    chart.evaluate("() => draw('hardly anything', 1)")
    expect(frame).to_have_css("height", "24px")


def test_a_frame_whose_content_grows_with_it_comes_to_rest(desk):
    html = "<style>body { margin: 10px; height: 100vh }</style><script>1</script>"
    cell = desk.new_notebook().run(f"from IPython.display import HTML\nHTML({html!r})")
    frame = cell.locator(FRAME)
    expect(frame).to_be_visible()
    assert 5 < frame.evaluate(CHANGES_UNTIL_REST) <= 20


def test_widgets_and_their_kernel_answer_each_other(desk):
    cell = desk.new_notebook().run(WIDGETS)
    expect(cell).to_contain_text("x is 5")
    cell.get_by_role("slider").press("ArrowRight")
    expect(cell).to_contain_text("x is 6")
    expect(cell.locator("b")).to_have_text("not yet")
    cell.get_by_role("button", name="Press").click()
    expect(cell.locator("i", has_text="pressed")).to_be_visible()


def test_a_saved_notebook_shows_its_frames_when_it_is_opened_again(desk):
    notebook = desk.new_notebook()
    expect_chart(notebook.run(SHOW_CHART))
    notebook.wait_until_idle()
    path = desk.page.evaluate("""async () => {
      const { context } = jupyterapp.shell.currentWidget;
      await context.save();
      return context.path;
    }""")
    saved = nbformat.read(desk.lab.notebooks / path, as_version=4)
    assert 'sandbox="allow-scripts"' in saved.cells[0].outputs[0].data["text/html"]
    desk.tidy()
    desk.command("docmanager:open", path=path)
    expect_chart(Notebook(desk.page).cells.first)


def test_a_console_shows_frames_as_high_as_they_are(desk):
    desk.command("console:create", kernelPreference={"name": "threadbook", "shouldStart": True})
    prompt = desk.page.locator(".jp-CodeConsole-promptCell .cm-content")
    expect(desk.page.locator("#jp-bottom-panel")).to_contain_text("threadbook | Idle")
    prompt.click()
    desk.page.keyboard.insert_text(SHOW_CHART)
    desk.page.keyboard.press("Shift+Enter")
    expect_chart(desk.page.locator(".jp-CodeConsole"))


def test_notebook_7_shows_frames_as_high_as_they_are(desk):
    with desk.notebook_7("frames.ipynb", SHOW_CHART) as page:
        expect_chart(page.locator(".jp-OutputArea"))
