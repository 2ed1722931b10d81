#!/usr/bin/env python3
"""Takes a server that logs at level trace on a tour with planted secrets, and looks for them wherever others may read.

    secret_tour.py PATH_OF_SWITCHYARD

Secrets go in through files, standard input, requests and sockets: passwords right and wrong, app secret, device keys right and wrong,
tokens, verification and authorization codes, the password of the mail server. Looked at are the log, the answers to requests and
commands that failed, the figures, arguments and environment of the server and of each command while they run, and the names
of files, those of backups among them. A core dump would hold them all: none is made.
"""

import base64
import hashlib
import hmac
import json
import os
import re
import resource
import secrets
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from secret_world import MailServer, ProcessWatch, WebSocket

APP = "PlantedApplication"
REDIRECT = "https://app.example.org/linked"
MAIL = "ann@example.org"
DEVICE = "1000a1b2c3"


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments):
        return None


class Tour:
    def __init__(self, program: str, data: str):
        self.program, self.data, self.port = program, data, 0
        self.watch = ProcessWatch(0.01)
        self.known: dict[str, str] = {}
        self.failures: list[str] = []
        self.secret, self.password = self.plant("app secret"), self.plant("password")
        self.key = self.plant("key of a device")
        self.mail_password = self.plant("password of the mail server")
        self.command("cert", "init", "--name", "localhost", "--ip", "127.0.0.1")
        certificates = data + "/certificates"
        self.mail = MailServer(certificates + "/public.pem", certificates + "/public.key")
        self.context = ssl.create_default_context(cafile=certificates + "/ca.pem")
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=self.context), urllib.request.ProxyHandler({}), NoRedirect
        )

    def settings(self) -> dict[str, str]:
        """How the server is told, among other things, where its password for the mail server is."""
        file = Path(self.data, "mail-password")
        file.write_text(self.mail_password + "\n")
        return {
            "LOG_LEVEL": "trace", "LOG_FORMAT": "json", "LISTENERS_METRICS_ENABLED": "true", "LISTENERS_METRICS_PORT": "0",
            "MAIL_HOST": "localhost", "MAIL_PORT": str(self.mail.port), "MAIL_SECURITY": "tls", "MAIL_FROM": "x@example.org",
            "MAIL_USER": "switchyard", "MAIL_PASSWORD_FILE": str(file), "MAIL_AUTHORITY_FILE": self.data + "/certificates/ca.pem",
        }

    def plant(self, name: str) -> str:
        return self.keep(name, "planted-" + secrets.token_hex(10))

    def keep(self, name: str, secret: str) -> str:
        self.known[secret] = name
        return secret

    def command(self, *arguments: str, secret: str = "", fails: bool = False) -> str:
        pipe = subprocess.PIPE
        done = subprocess.Popen([self.program, *arguments, "--data", self.data], stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        self.watch.follow(done.pid)
        output, errors = done.communicate(secret)
        if (done.returncode != 0) != fails:
            raise SystemExit(f"secret_tour: {arguments} ended with {done.returncode}: {errors}")
        if fails:
            self.failures.append(output + errors)
        return output

    def signature(self, message: str) -> str:
        digest = hmac.new(self.secret.encode(), message.encode(), hashlib.sha256).digest()
        return self.keep("signature", base64.b64encode(digest).decode())

    def call(self, method: str, path: str, body: str | None = None, **headers: str):
        request = urllib.request.Request(
            f"https://localhost:{self.port}{path}", None if body is None else body.encode(), method=method,
            headers={"Content-Type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}},
        )
        try:
            answer = self.opener.open(request, timeout=60)
        except urllib.error.HTTPError as error:
            answer = error
        text = answer.read().decode()
        try:
            parsed = json.loads(text)
        except ValueError:
            parsed = {}
        parsed = parsed if isinstance(parsed, dict) else {}
        for members in (parsed, parsed.get("data") or {}):
            for name in ("at", "rt", "accessToken", "refreshToken"):
                if isinstance(members, dict) and members.get(name):
                    self.keep(name, members[name])
        # The page of the authorization has a form with a token of its own, after a wrong password too.
        if not path.startswith("/oauth/") and (parsed.get("error") or answer.status >= 400):
            self.failures.append(text)
        return answer, text, parsed

    def signed(self, path: str, **members) -> dict:
        body = json.dumps({"appid": APP, "nonce": "a1b2c3d4", "ts": 1700000001, "version": 8, **members})
        return self.call("POST", path, body, Authorization="Sign " + self.signature(body), X_CK_Appid=APP)[2]

    def run(self) -> None:
        self.commands()
        self.log_ins()
        self.codes()
        self.authorization()
        self.sockets()
        self.malformed()
        self.command("backup", self.data + "/backup.tar")
        for name in ("ca", "public", "device"):
            for line in Path(self.data, "certificates", name + ".key").read_text().splitlines():
                if len(line) > 30 and not line.startswith("-----"):
                    self.keep(name + ".key", line)

    def commands(self) -> None:
        file = Path(self.data, "app-secret")
        file.write_text(self.secret + "\n")
        app = ("app", "add", "--name", "x", "--redirect-url", REDIRECT, "--id")
        self.command(*app, APP, "--secret-file", str(file))
        self.command("account", "add", MAIL, "--password-file", "-", secret=self.password)
        device = ("--account", MAIL, "--apikey-file", "-")
        self.command("device", "add", DEVICE, *device, secret=self.key)
        self.command("device", "import", "-", secret="deviceid,apikey\n1000a1b2c4," + self.plant("key of a factory record"))
        self.command(*app, APP, "--secret-file", "-", secret=self.plant("secret of a known app"), fails=True)
        self.command("account", "add", MAIL, "--password-file", "-", secret=self.plant("password of a known account"), fails=True)
        self.command("device", "add", "1" * 300, *device, secret=self.plant("key of no device"), fails=True)
        self.command("device", "add", "1000a1b2c5", *device, secret=self.plant("key of great length") * 200, fails=True)
        stranger = ("--account", "nobody@example.org", "--apikey-file", "-")
        self.command("device", "add", "1000a1b2c5", *stranger, secret=self.plant("key of nobody's device"), fails=True)
        for text in ("deviceid,apikey\n1000a1b2c6,%s,%s\n", '[{"deviceid":"1","apikey":["%s"],"x":"%s"}]', "%s%s"):
            broken = self.plant("key of a broken record"), self.plant("rest of a broken record")
            self.command("device", "import", "-", secret=text % broken, fails=True)
        # Commands tell of what is there, and make some of it.
        for arguments in (("app", "list"), ("account", "list"), ("device", "list"), ("device", "show", DEVICE), ("session", "list")):
            self.command(*arguments)

    def log_ins(self) -> None:
        for password in (self.plant("wrong password"), self.password):
            first = self.signed("/api/user/login", email=MAIL, password=password)
            second = self.signed("/v2/user/login", email=MAIL, password=password, countryCode="+49")
        assert first["at"] and second["error"] == 0, (first, second)
        for _ in range(3):
            self.signed("/v2/user/refresh", rt=second["data"]["rt"])
        self.call("GET", f"/api/user/refresh?appid={APP}&rt=" + self.plant("unknown refresh token"))
        token = self.signed("/api/user/login", email=MAIL, password=self.password)["at"]
        for other in (self.plant("unknown access token"), token):
            self.call("GET", "/api/user/device", Authorization="Bearer " + other)
        change = {"oldPassword": self.plant("wrong old password"), "newPassword": self.plant("new password")}
        self.call("POST", "/api/user/password", json.dumps(change), Authorization="Bearer " + token)

    def codes(self) -> None:
        # The mail server refuses the password of the first message.
        for address in ("dan@example.org", "eve@example.org"):
            answer = self.signed("/api/sms", sendType="0", email=address)
        assert answer["error"] == 0 and self.mail.passwords == [self.mail_password] * 2, (answer, self.mail.passwords)
        self.keep("password of the mail server, encoded", base64.b64encode(f"\0switchyard\0{self.mail_password}".encode()).decode())
        text = self.mail.messages[0].strip()
        code = re.search(r"\b\d{6}\b", text)[0]
        # Six digits stand in times and ports too: looked for with what stands around a value in the log.
        self.keep("verification code", f'"{code}"')
        self.keep("line with a verification code", next(line for line in text.splitlines() if code in line).strip())
        for attempt in ("000000", code):
            answer = self.signed(
                "/api/user/register", email="eve@example.org", verificationCode=attempt, password=self.plant("password of eve")
            )
        assert answer["at"], answer

    def authorization(self) -> None:
        query = (
            f"clientId={APP}&redirectUrl={REDIRECT}&grantType=authorization_code&state=s&nonce=zt123456&seq=1700000000000"
            "&showQRCode=null&authorization=" + urllib.parse.quote(self.signature(APP + "_1700000000000"))
        )
        page, text, _ = self.call("GET", "/oauth/index.html?" + query)
        token = self.keep("token of the form", re.search('name="token" value="([^"]*)"', text)[1])
        cookie = page.headers["set-cookie"].split(";")[0]
        self.keep("cookie", cookie.split("=", 1)[1])
        for password in (self.plant("wrong password of the page"), self.password):
            form = urllib.parse.urlencode({"token": token, "account": MAIL, "password": password, "answer": "allow"})
            answer, _, _ = self.call(
                "POST", "/oauth/index.html?" + query, form, Content_Type="application/x-www-form-urlencoded", Cookie=cookie
            )
        code = self.keep("authorization code", re.search("[?&]code=([0-9a-f-]{36})", answer.headers["location"])[1])
        for _ in range(2):
            self.signed("/v2/user/oauth/token", redirectUrl=REDIRECT, code=code, grantType="authorization_code")

    def socket(self, path: str = "/api/ws", headers: str = "") -> WebSocket:
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        return WebSocket(self.context.wrap_socket(plain, server_hostname="localhost"), path, headers)

    def sockets(self) -> None:
        """Keys and tokens right and wrong, and in messages that are none."""
        session = self.signed("/api/user/login", email=MAIL, password=self.password)
        register = {"action": "register", "userAgent": "device", "deviceid": DEVICE, "version": 8, "ts": 970, "d_seq": 1}
        online = {"action": "userOnline", "userAgent": "app", "appid": APP, "nonce": "a1b2c3d4", "ts": 1700000001, "version": 8}
        owner = session["user"]["apikey"]
        self.expect({403}, register, apikey=self.plant("wrong key of a device"))
        self.expect({404}, register, apikey=self.plant("key of an unknown device"), deviceid="1000a1b2ff")
        self.expect({400, 403}, register, apikey=self.plant("wrong key with a digest"), sign=self.plant("digest"), chipid="x")
        self.expect({400}, register, apikey=[self.plant("key that is a list")])
        self.expect({406}, online, apikey=owner, at=self.plant("wrong at"))
        self.expect({406}, online, apikey=self.plant("wrong apikey of an account"), at=session["at"])
        # Right ones, a command for the device with what others are not told of, and messages that break off.
        device, app = self.socket(), self.socket()
        assert device.ask(apikey=self.key, **register)["error"] == 0
        assert app.ask(apikey=owner, at=session["at"], **online)["error"] == 0
        for member in ("apikey", "at", "password"):
            app.ask(action="update", deviceid="1000a1b2ff", userAgent="app", sequence="1", **{member: self.plant(f"{member} of a command")})
            device.ask(action="none", deviceid=DEVICE, userAgent="device", **{member: self.plant(f"{member} of a report")})
        for opened in (device, app, self.socket()):
            opened.send('{"action":"register","apikey":"%s"' % self.plant("key in a message that breaks off"))
            opened.close()
        for path in ("/api/ws", "/api/wss", "/"):
            token = self.plant("token in the query of a socket")
            self.socket(f"{path}?at={token}", f"Authorization: Bearer {token}\r\nCookie: at={token}\r\n").close()
        sign = self.plant("signature of a sensor")
        self.call("POST", "/api/user/device/update", json.dumps({"deviceid": DEVICE, "d_seq": "1", "params": {}}), Authorization="Sign " + sign)

    def expect(self, codes: set[int], message: dict, **members) -> None:
        opened = self.socket()
        answer = opened.ask(**{**message, **members})
        assert answer.get("error") in codes, (message["action"], codes, answer)
        # The protocol returns what it was sent to who sent it: the apikey of an app.
        self.failures.append(json.dumps({name: value for name, value in answer.items() if value != members.get(name)}))
        opened.close()

    def malformed(self) -> None:
        secret = self.plant("secret in a request that is none")
        for body in ('{"email":"a@b.c","password":"%s"' % secret, '{"password":["%s"]}' % secret, secret):
            for path in ("/api/user/login", "/v2/user/login", "/api/user/register", "/dispatch/app"):
                self.call("POST", path, body, Authorization="Sign " + secret)
        self.call("GET", "/api/user/device", Authorization="Basic " + secret)


def ports(log: Path, server: subprocess.Popen) -> dict[str, int]:
    for _ in range(300):
        for line in log.read_text().splitlines():
            if '"message":"Ready"' in line:
                return {k: int(v.rsplit(":", 1)[1]) for k, v in json.loads(line).items() if k in ("public", "metrics")}
        if server.poll() is not None:
            break
        time.sleep(0.1)
    raise SystemExit("secret_tour: the server did not start: " + log.read_text())


def start(tour: Tour, log: Path) -> tuple[subprocess.Popen, dict[str, int]]:
    environment = {**os.environ, **{"SWITCHYARD_" + name: value for name, value in tour.settings().items()}}
    # So that it is the server that has none made.
    resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)
    with log.open("w") as output:
        server = subprocess.Popen(
            [tour.program, "serve", "--data", tour.data, "--port", "0"], env=environment, stderr=output, stdout=output
        )
    return server, ports(log, server)


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="sy-") as folder:
        log, data, program = Path(folder, "log"), folder + "/data", sys.argv[1]
        tour = Tour(program, data)
        server, port = start(tour, log)
        try:
            tour.port = port["public"]
            tour.watch.follow(server.pid)
            tour.run()
            direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            figures = direct.open(f"http://127.0.0.1:{port['metrics']}/metrics", timeout=30).read().decode()
            limits = Path("/proc", str(server.pid), "limits").read_text()
        finally:
            server.terminate()
            server.wait(30)
        tour.command("restore", data + "/backup.tar", "--force")
        places = {
            **tour.watch.end(),
            "figures": figures,
            "names of files": "\n".join(map(str, Path(data).rglob("*"))),
            "answers to failures": "\n".join(tour.failures),
            "log": log.read_text(),
        }
        found = [f"{name} in the {place}" for place, text in places.items() for secret, name in tour.known.items() if secret in text]
        lines = places["log"].count("\n")
        print(
            f"secret_tour: {len(tour.known)} secrets, {len(tour.failures)} failures, {len(tour.watch.processes)} processes, "
            f"{lines} lines of log: {len(found)} found"
        )
        if '"level":"trace"' not in places["log"] or "switchyard_" not in figures or len(tour.watch.processes) < 10:
            found.append("nothing: log, figures or processes were not there to be looked at")
        if "before-restore-" not in places["names of files"]:
            found.append("nothing: no backup was restored")
        if not re.search(r"^Max core file size +0 ", limits, re.M):
            found.append("a core dump that would be made")
        for fault in found:
            print("secret_tour: found", fault)
        return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
