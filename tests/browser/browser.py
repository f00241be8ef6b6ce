"""Chromium without a window, driven by Debian's chromedriver, for one status page at a time."""

import json
import pathlib
import time

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

DESK = (1280, 900)
PHONE = (360, 740)


class Browser:
    """Every page opened is held to: no message on the console, no request to anywhere but the agent."""

    def __init__(self, profile, screenshots=None):
        options = Options()
        options.binary_location = "/usr/bin/chromium"
        for word in ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                     "--disable-background-networking", "--disable-component-update", "--accept-lang=en-GB",
                     f"--user-data-dir={profile}"]:
            options.add_argument(word)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        self.driver.set_page_load_timeout(20)
        self.driver.get("about:blank")
        self.screenshots = pathlib.Path(screenshots) if screenshots else None
        self.origin = None
        self.name = ""

    def begin(self, name):
        self.name = name
        self.expected_on_console = []
        self.driver.get_log("browser")  # what came before is not this test's
        self.driver.get_log("performance")
        self.view(DESK)

    def open(self, agent):
        self.origin = f"http://127.0.0.1:{agent.status_port}"
        self.driver.get(self.origin + "/")
        return self

    def view(self, size, scheme="light"):
        width, height = size
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": size == PHONE})
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": scheme}]})

    def text(self):
        return self.driver.find_element(By.TAG_NAME, "body").text

    def headline(self):
        return self.driver.find_element(By.TAG_NAME, "h1").text

    def tone(self):
        return self.driver.find_element(By.CSS_SELECTOR, ".headline").get_attribute("class").split()[-1]

    def ask(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def wait_for_text(self, *wanted, seconds=20):
        """Until the page shows all of it, without being loaded again."""
        deadline = time.monotonic() + seconds
        while True:
            shown = self.ask("return document.body.innerText")
            if all(words in shown for words in wanted):
                return shown
            assert time.monotonic() < deadline, f"the page never showed {wanted} but:\n{shown}"
            time.sleep(0.1)

    def sideways(self):
        """By how many pixels the page is wider than the window."""
        return self.ask("const page = document.documentElement; return page.scrollWidth - page.clientWidth")

    def keep_picture(self, suffix=""):
        if self.screenshots:
            self.screenshots.mkdir(parents=True, exist_ok=True)
            self.driver.save_screenshot(str(self.screenshots / f"{self.name}{suffix}.png"))

    def leave(self):
        self.keep_picture()
        console = [entry["message"] for entry in self.driver.get_log("browser")]
        requests = []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                requests.append(message["params"]["request"]["url"])
        self.driver.get("about:blank")
        unexpected = [line for line in console if not any(words in line for words in self.expected_on_console)]
        assert not unexpected, unexpected
        foreign = [url for url in requests if not url.startswith((self.origin + "/", "about:", "data:"))]
        assert not foreign, foreign

    def close(self):
        self.driver.quit()
