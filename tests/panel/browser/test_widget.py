"""The panel as a widget in a notebook: in JupyterLab, in Notebook 7, and without its kernel."""

from playwright.sync_api import expect
from tests.panel.browser.pages import Notebook, Panel

SHOW = "from threadbook_panel import Panel\nPanel()"


def view_in(cell):
    return Panel(cell.page, cell.locator(".jp-OutputArea"))


def test_the_widget_shows_rows_live_and_a_second_view_starts_filled(desk):
    notebook = desk.new_notebook()
    notebook.run("print('before the widget')")
    panel = view_in(notebook.run(SHOW))
    expect(panel.row("before the widget")).to_contain_text("ok")
    notebook.run("print('after the widget')")
    expect(panel.row("after the widget")).to_contain_text("ok")
    desk.page.evaluate("""() => {
      const { currentWidget: panel } = jupyterapp.shell;
      panel.content.activeCellIndex = 1;
    }""")
    desk.command("notebook:create-output-view")
    second = Panel(desk.page, desk.page.locator(".jp-LinkedOutputView"))
    expect(second.row("before the widget")).to_contain_text("ok")
    expect(second.row("after the widget")).to_contain_text("ok")


def test_panels_of_one_thread_hide_the_table_that_they_share(desk):
    notebook = desk.new_notebook()
    shown = [notebook.run(code) for code in (SHOW, "Panel()", "'the last'")][:2]
    for cell in shown:
        expect(view_in(cell).row("the last")).to_contain_text("ok")
        expect(cell.locator(".threadbook-static")).to_have_count(1)
        expect(cell.locator(".threadbook-static")).to_be_hidden()


def test_a_reopened_notebook_says_that_it_shows_a_saved_state(desk):
    notebook = desk.new_notebook()
    notebook.run("print('to be saved')")
    expect(view_in(notebook.run(SHOW)).row("to be saved")).to_contain_text("ok")
    notebook.wait_until_idle()
    path = desk.page.evaluate("""async () => {
      const { context } = jupyterapp.shell.currentWidget;
      await context.save();
      return context.path;
    }""")
    desk.tidy()
    desk.command("docmanager:open", path=path, kernel={"shutdown": True})
    reopened = Notebook(desk.page)
    output = reopened.cells.nth(1).locator(".jp-OutputArea")
    expect(output).to_contain_text("to be saved")
    expect(output).to_contain_text("not live")


def test_notebook_7_shows_the_widget(desk):
    with desk.notebook_7("seven.ipynb", "print('in Notebook 7')", SHOW) as page:
        panel = Panel(page, page.locator(".jp-OutputArea"))
        expect(panel.row("in Notebook 7")).to_contain_text("ok")
