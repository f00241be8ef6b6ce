"""A shop as in the integration tests, and a browser that looks at its status page."""

import importlib.util
import os
import pathlib
import sys

import pytest

INTEGRATION = pathlib.Path(__file__).resolve().parents[1] / "integration"
sys.path.insert(0, str(INTEGRATION))
spec = importlib.util.spec_from_file_location("integration_conftest", INTEGRATION / "conftest.py")
integration = importlib.util.module_from_spec(spec)
spec.loader.exec_module(integration)
shop = integration.shop

from browser import Browser  # noqa: E402


@pytest.fixture(scope="session")
def chromium(tmp_path_factory):
    opened = Browser(tmp_path_factory.mktemp("chromium"), os.environ.get("STOREWARD_SCREENSHOTS"))
    yield opened
    opened.close()


@pytest.fixture
def browser(chromium, request):
    """The browser, with a look at the end at what no page of ours may ever do."""
    chromium.begin(request.node.name)
    yield chromium
    chromium.leave()
