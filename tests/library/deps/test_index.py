"""Where packages come from: what the environment of a session says."""

from pathlib import Path

from threadbook.library.installer import Index


def test_the_variables_of_uv_and_pip_are_understood():
    index = Index.of(
        {
            "UV_DEFAULT_INDEX": "https://me:hunter22@example.org/simple",
            "PIP_INDEX_URL": "https://other.example.org",
            "UV_FIND_LINKS": "/a,/b",
            "UV_OFFLINE": "1",
            "UV_NO_INDEX": "false",
            "https_proxy": "http://proxy.example.org:8080",
            "OTHER": "x",
        }
    )
    assert index.url == "https://me:hunter22@example.org/simple"
    assert index.find_links == (Path("/a"), Path("/b"))
    assert (index.offline, index.no_index) == (True, False)
    assert index.variables == {"https_proxy": "http://proxy.example.org:8080"}
    assert "hunter22" not in repr(index)


def test_without_variables_nothing_is_set():
    assert Index.of({"UV_DEFAULT_INDEX": "", "HOME": "/root"}) == Index()
