"""A view of a Panel as a front end has it: models by their comms, requests, and what is pushed."""

import itertools
import uuid


class Widgets:
    """The models that a kernel has opened, as a front end keeps them."""

    def __init__(self, kernel):
        self._kernel = kernel

    def messages(self, comm=None):
        """Return all messages of comms, or of one, in the order in which they were sent."""
        published = itertools.chain.from_iterable(self._kernel.published.values())
        found = [one for one in published if one["msg_type"].startswith("comm_")]
        found.sort(key=lambda one: one["header"]["date"])
        return [one for one in found if comm in (None, one["content"]["comm_id"])]

    def state(self, comm):
        """Return what a model holds, up to the newest update."""
        state = {}
        for message in self.messages(comm):
            state |= message["content"]["data"].get("state", {})
        return state

    def panels(self):
        """Return the comm of each Panel, oldest first."""
        return [
            one["content"]["comm_id"]
            for one in self.messages()
            if one["msg_type"] == "comm_open" and "_requests" in one["content"]["data"]["state"]
        ]

    def view(self, *, panel=-1, subshell=None):
        """Open a view of the newest panel, or of another."""
        return View(self._kernel, self, self.panels()[panel], subshell)


class View:
    """One view: it asks on the comm for requests, and hears pushes on that of the panel."""

    def __init__(self, kernel, widgets, panel, subshell):
        self.name = uuid.uuid4().hex
        self.subshell = subshell
        self.panel = panel
        self.requests = widgets.state(panel)["_requests"]
        self._kernel = kernel
        self._widgets = widgets
        self._numbers = itertools.count(1)

    @property
    def state(self):
        """What the panel's model holds."""
        return self._widgets.state(self.panel)

    @property
    def table(self):
        """What the model of its table holds."""
        return self._widgets.state(self.state["_table"])

    def send(self, content):
        """Send a custom message on the comm for requests."""
        self.send_data({"method": "custom", "content": content})

    def send_data(self, data):
        """Send any data on the comm for requests."""
        message = self._kernel.client.session.msg(
            "comm_msg", {"comm_id": self.requests, "data": data}
        )
        if self.subshell is not None:
            message["header"]["subshell_id"] = self.subshell
        self._kernel.client.shell_channel.send(message)

    def ask(self, name, **params):
        """Ask, wait, and return the result; a Problem comes as {"error": …}."""
        number = next(self._numbers)
        self.send({"request": number, "view": self.name, "name": name, "params": params})
        return self._kernel.until(lambda: self._answer(number))

    def answers(self):
        """Return all that was answered on the comm for requests."""
        contents = (one["content"]["data"] for one in self._widgets.messages(self.requests))
        return [data["content"] for data in contents if data.get("method") == "custom"]

    def pushed(self):
        """Return all that was pushed on the comm of the panel."""
        contents = (one["content"]["data"] for one in self._widgets.messages(self.panel))
        return [data["content"] for data in contents if data.get("method") == "custom"]

    def news(self, of_type):
        """Return the news of a type that were pushed."""
        told = [one["news"] for one in self.pushed() if one["type"] == "news"]
        return [one for one in told if one["type"] == of_type]

    def wait_for_news(self, of_type, is_wanted=lambda _news: True):
        """Wait for news of a type that are wanted, and return the first."""
        return self._kernel.until(
            lambda: next((one for one in self.news(of_type) if is_wanted(one)), None)
        )

    def wait_for_push(self, of_type):
        """Wait for something other than news to be pushed."""
        return self._kernel.until(lambda: [one for one in self.pushed() if one["type"] == of_type])

    def _answer(self, number):
        for one in self.answers():
            if (one["view"], one["request"]) == (self.name, number):
                return one.get("result", one)
        return None
