"""What panels are bound to, outside a threadbook kernel: the log of the settings."""

import pytest

from threadbook.config import Settings
from threadbook.errors import StoreBusy, StoreUnavailable
from threadbook_panel.binding import Binding


@pytest.fixture
def binding(tmp_path):
    """Provide a binding that a panel has joined."""
    settings = Settings(
        store=f"sqlite:///{tmp_path}/records.db",
        key=tmp_path / "key.pem",
        outbox=tmp_path / "outbox",
    )
    binding = Binding(None, settings, tmp_path / "approver.pem")
    binding.join("a panel")
    yield binding
    binding.leave("a panel")


def feed_of(binding):
    return binding.ask(lambda feed: feed)


def records_of(binding):
    return binding.ask(lambda feed: feed.call("health", {})).records


def test_a_store_that_is_merely_busy_stays_open_for_all_panels(binding):
    def ask_in_vain(_feed):
        raise StoreBusy("somebody else writes")

    before = feed_of(binding)
    with pytest.raises(StoreBusy):
        binding.ask(ask_in_vain)
    assert feed_of(binding) is before


def test_a_store_that_is_gone_is_let_go_and_opened_anew(binding):
    before = feed_of(binding)
    before._reader.log.close()
    with pytest.raises(StoreUnavailable):
        records_of(binding)
    assert records_of(binding) == 0
    assert feed_of(binding) is not before


def test_the_log_is_open_until_the_last_panel_has_left(binding):
    before = feed_of(binding)
    binding.join("another")
    binding.leave("a panel")
    assert feed_of(binding) is before
    binding.leave("another")
    assert feed_of(binding) is not before
