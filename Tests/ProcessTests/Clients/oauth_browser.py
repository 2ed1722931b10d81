#!/usr/bin/env python3
"""Goes the way of somebody who links an application: Chromium without JavaScript, with the keyboard alone.

    oauth_browser.py --port PORT --ca FILE --appid ID --secret-file FILE --email EMAIL --password-file FILE \
        --admin-socket FILE --chromium FILE --chromedriver FILE [--screenshots FOLDER]

A server on a free port of the loopback interface stands for the application; its address is registered as the operator
does it. On the authorization page a wrong password is typed, then the right one; the browser has to arrive at the application
with a code, which is traded for tokens with Python's own `http.client`. Then the application is refused. The browser is
driven over the WebDriver protocol, whose keys are those of a keyboard.

Prints one JSON object a line, one for each step. Exit codes: 0 all steps ok, 1 a step failed, 2 wrong usage.
"""

import argparse
import base64
import hashlib
import hmac
import json
import queue
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from http.client import HTTPConnection, HTTPSConnection
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

PATIENCE_SECONDS = 30
TAB, ENTER, BACKSPACE = "\ue004", "\ue007", "\ue003"
STATE = "k3n9&x0pq ä"


class StepFailed(Exception):
    """A step did not end as it must; its text says what was seen."""


def expect(condition: bool, text: str) -> None:
    if not condition:
        raise StepFailed(text)


def report(step: str, **facts: object) -> None:
    print(json.dumps({"step": step, **facts}), flush=True)


def read(path: str) -> str:
    return Path(path).read_text(encoding="utf-8").removesuffix("\n")


def sign(secret: str, message: bytes) -> str:
    return base64.b64encode(hmac.new(secret.encode(), message, hashlib.sha256).digest()).decode()


class Application:
    """The application that asks for access: a page that browsers come back to."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.secret = read(options.secret_file)
        self.arrivals: queue.Queue = queue.Queue()
        arrivals = self.arrivals

        class Page(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path.startswith("/linked"):
                    arrivals.put((self.path, self.headers.get("Referer")))
                body = b"<!DOCTYPE html><title>linked</title><p>Linked."
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Page)
        self.redirect_url = f"http://127.0.0.1:{self.server.server_port}/linked?step=last"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def register(self) -> None:
        """As `switchyard app set ID --redirect-url URL` does."""
        connection = HTTPConnection("localhost")
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(self.options.admin_socket)
        body = json.dumps({"redirectUrls": [self.redirect_url]})
        connection.request("PUT", f"/applications/{self.options.appid}/redirects", body)
        answer = connection.getresponse()
        expect(answer.status == 200, f"the redirect URL could not be registered: {answer.read()}")
        connection.close()

    def page_address(self) -> str:
        sequence = str(int(time.time() * 1000))
        parameters = {
            "clientId": self.options.appid,
            "seq": sequence,
            "authorization": sign(self.secret, f"{self.options.appid}_{sequence}".encode()),
            "redirectUrl": self.redirect_url,
            "grantType": "authorization_code",
            "state": STATE,
            "nonce": "zt123456",
            "showQRCode": "false",
        }
        return f"https://localhost:{self.options.port}/oauth/index.html?{urllib.parse.urlencode(parameters)}"

    def arrival(self) -> dict:
        """The parameters that a browser arrives with."""
        try:
            path, referrer = self.arrivals.get(timeout=PATIENCE_SECONDS)
        except queue.Empty:
            raise StepFailed("the browser did not arrive at the application") from None
        expect(referrer is None, f"the address of the page was told: {referrer}")
        parameters = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(path).query))
        expect(parameters.get("step") == "last" and parameters.get("state") == STATE, f"arrived with {parameters}")
        return parameters

    def trade(self, code: str) -> dict:
        body = json.dumps({"code": code, "redirectUrl": self.redirect_url, "grantType": "authorization_code"}).encode()
        headers = {"X-CK-Appid": self.options.appid, "Authorization": "Sign " + sign(self.secret, body)}
        return self.call("POST", "/v2/user/oauth/token", headers, body)

    def call(self, method: str, path: str, headers: dict, body: bytes | None = None) -> dict:
        context = ssl.create_default_context(cafile=self.options.ca)
        connection = HTTPSConnection("localhost", self.options.port, timeout=PATIENCE_SECONDS, context=context)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json", **headers})
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()


class Browser:
    """Chromium, driven over WebDriver."""

    def __init__(self, options: argparse.Namespace, folder: str) -> None:
        self.screenshots = options.screenshots
        self.driver = subprocess.Popen(
            [options.chromedriver, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.port = self.port_of_driver()
        arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-proxy-server"]
        arguments += ["--disable-background-networking", "--no-first-run", f"--user-data-dir={folder}"]
        arguments += ["--window-size=480,820", "--lang=en-US"]
        preferences = {"profile.managed_default_content_settings.javascript": 2, "intl.accept_languages": "en-US"}
        chrome = {"binary": options.chromium, "args": arguments, "prefs": preferences}
        # The server's own authority is not in the browser's list; that the certificate is right, others test.
        wanted = {"browserName": "chrome", "acceptInsecureCerts": True, "goog:chromeOptions": chrome}
        self.session = ""
        answer = self.command("POST", "", {"capabilities": {"alwaysMatch": wanted}})
        self.session = answer["sessionId"]

    def port_of_driver(self) -> int:
        for line in self.driver.stdout:
            if "started successfully on port" in line:
                return int(line.rstrip(".\n").rsplit(" ", 1)[-1])
        raise StepFailed("chromedriver did not start")

    def command(self, method: str, path: str, body: dict | None = None) -> object:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=2 * PATIENCE_SECONDS)
        target = f"/session/{self.session}{path}" if self.session else "/session"
        connection.request(method, target, None if method == "GET" else json.dumps(body or {}))
        answer = json.loads(connection.getresponse().read())["value"]
        connection.close()
        if isinstance(answer, dict) and "error" in answer:
            raise StepFailed(f"{method} {path}: {answer['error']}: {answer['message'][:300]}")
        return answer

    def open(self, address: str) -> None:
        self.command("POST", "/url", {"url": address})

    def title(self) -> str:
        return self.command("GET", "/title")

    def source(self) -> str:
        return self.command("GET", "/source")

    def keys(self, *keys: str) -> None:
        """Presses and lets go each key, one after the other."""
        strokes = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self.command("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": strokes}]})

    def focused(self) -> dict:
        """What has the focus, as assistive technology is told."""
        element = next(iter(self.command("GET", "/element/active").values()))
        return {
            "label": self.command("GET", f"/element/{element}/computedlabel"),
            "role": self.command("GET", f"/element/{element}/computedrole"),
            "outline": self.command("GET", f"/element/{element}/css/outline-style"),
            "valid": self.command("GET", f"/element/{element}/attribute/aria-invalid") != "true",
        }

    def typed(self) -> str:
        """What stands in the field with the focus."""
        element = next(iter(self.command("GET", "/element/active").values()))
        return self.command("GET", f"/element/{element}/property/value") or ""

    def wait_for_keys(self) -> None:
        """Waits until the field with the focus takes keys: a page that was not painted yet loses them."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            self.keys("x")
            if typed := self.typed():
                self.keys(*[BACKSPACE] * len(typed))
                if not self.typed():
                    return
            expect(time.monotonic() < deadline, "the page took no keys")
            time.sleep(0.05)

    def wait_for_page(self, text: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while text not in self.source():
            expect(time.monotonic() < deadline, f"the page never said {text!r}: {self.source()[:2000]}")
            time.sleep(0.05)

    def photograph(self, name: str) -> None:
        if self.screenshots:
            picture = base64.b64decode(self.command("GET", "/screenshot"))
            Path(self.screenshots, name).write_bytes(picture)

    def close(self) -> None:
        try:
            if self.session:
                self.command("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait(timeout=PATIENCE_SECONDS)


def check_scripts_are_off(browser: Browser) -> None:
    browser.open("data:text/html,<title>off</title><script>document.title='on'</script>")
    expect(browser.title() == "off", "the browser runs scripts")
    report("no scripts")


def walk_through(browser: Browser) -> None:
    """Goes from field to field; each has its name, and shows that it has the focus."""
    seen = []
    for _ in range(4):
        seen.append(browser.focused())
        browser.keys(TAB)
    browser.command("POST", "/refresh")
    browser.wait_for_keys()
    names = [(field["label"], field["role"]) for field in seen]
    expected = [
        ("E-mail address or phone number", "textbox"),
        ("Password", "textbox"),
        ("Log in and allow", "button"),
        ("Cancel", "button"),
    ]
    expect(names == expected, f"the fields are {names}")
    expect(all(field["outline"] == "solid" for field in seen), f"the focus cannot be seen: {seen}")
    report("fields")


def log_in(browser: Browser, application: Application, options: argparse.Namespace) -> None:
    browser.open(application.page_address())
    browser.wait_for_keys()
    browser.photograph("form.png")
    walk_through(browser)

    browser.keys(*options.email, TAB, *"wrong-horse", ENTER)
    browser.wait_for_page("is wrong")
    browser.wait_for_keys()
    focused = browser.focused()
    expect(focused["label"] == "Password" and not focused["valid"], f"after a wrong password: {focused}")
    browser.photograph("wrong-password.png")
    report("wrong password")

    browser.keys(*read(options.password_file), ENTER)
    arrived = application.arrival()
    expect(arrived.get("region") == "eu" and len(arrived.get("code", "")) == 36, f"arrived with {arrived}")
    report("arrival")

    tokens = application.trade(arrived["code"])
    expect(tokens["error"] == 0, f"the code was not traded: {tokens}")
    bearer = {"Authorization": "Bearer " + tokens["data"]["accessToken"]}
    devices = application.call("GET", "/api/user/device?version=8", bearer)
    expect(len(devices.get("devicelist", [])) == 1, f"the devices are {devices}")
    report("tokens")


def refuse(browser: Browser, application: Application) -> None:
    browser.open(application.page_address())
    browser.wait_for_keys()
    browser.keys(TAB, TAB, TAB, ENTER)
    arrived = application.arrival()
    expect(arrived.get("error") == "access_denied" and "code" not in arrived, f"arrived with {arrived}")
    report("refusal")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="links an application with a real browser")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--ca", required=True, help="certificate of the authority that signed the server's certificate")
    parser.add_argument("--appid", required=True)
    parser.add_argument("--secret-file", required=True)
    parser.add_argument("--email", required=True, help="the account, which has one device")
    parser.add_argument("--password-file", required=True)
    parser.add_argument("--admin-socket", required=True)
    parser.add_argument("--chromium", required=True)
    parser.add_argument("--chromedriver", required=True)
    parser.add_argument("--screenshots", help="folder for pictures of what was seen")
    return parser.parse_args()


def run(options: argparse.Namespace) -> None:
    application = Application(options)
    application.register()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        browser = Browser(options, folder)
        try:
            check_scripts_are_off(browser)
            log_in(browser, application, options)
            refuse(browser, application)
        finally:
            browser.close()


def main() -> int:
    options = parse()
    try:
        run(options)
    except Exception as error:  # Whatever stops the browser is a failed step, told on one line.
        report("failed", kind=type(error).__name__, reason=str(error)[:2000])
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
