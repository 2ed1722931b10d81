#!/usr/bin/env python3
"""Takes a server that logs at level trace on a tour with planted secrets, and looks for them wherever others may read.

    secret_tour.py PATH_OF_SWITCHYARD

Secrets go in through standard input and requests: passwords right and wrong, app secret, device keys, tokens, verification and
authorization codes. Looked at are the log, the answers to requests that failed, the figures, the server's arguments and environment,
and the names of its files.
"""

import base64
import hashlib
import hmac
import json
import os
import re
import secrets
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

APP = "PlantedApplication"
REDIRECT = "https://app.example.org/linked"
MAIL = "ann@example.org"


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments):
        return None


class Tour:
    def __init__(self, program: str, data: str, port: int):
        self.program, self.data, self.port = program, data, port
        self.known: dict[str, str] = {}
        self.failures: list[str] = []
        context = ssl.create_default_context(cafile=data + "/certificates/ca.pem")
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=context), urllib.request.ProxyHandler({}), NoRedirect
        )
        self.secret, self.password = self.plant("app secret"), self.plant("password")

    def plant(self, name: str) -> str:
        return self.keep(name, "planted-" + secrets.token_hex(10))

    def keep(self, name: str, secret: str) -> str:
        self.known[secret] = name
        return secret

    def command(self, *arguments: str, secret: str = "") -> str:
        done = subprocess.run([self.program, *arguments, "--data", self.data], input=secret, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"secret_tour: {arguments[:2]} ended with {done.returncode}: {done.stderr}")
        return done.stdout

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
        self.command("app", "add", "--name", "x", "--id", APP, "--secret-file", "-", "--redirect-url", REDIRECT, secret=self.secret)
        self.command("account", "add", MAIL, "--password-file", "-", secret=self.password)
        self.command("device", "add", "1000a1b2c3", "--apikey-file", "-", "--account", MAIL, secret=self.plant("key of a device"))
        self.command("device", "import", "-", secret="deviceid,apikey\n1000a1b2c4," + self.plant("key of a factory record"))
        self.log_ins()
        self.codes()
        self.authorization()
        self.malformed()
        self.command("backup", self.data + "/backup.tar")
        for name in ("ca", "public", "device"):
            for line in Path(self.data, "certificates", name + ".key").read_text().splitlines():
                if len(line) > 30 and not line.startswith("-----"):
                    self.keep(name + ".key", line)

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
        self.signed("/api/sms", sendType="0", email="eve@example.org")
        message = json.loads(self.command("outbox", "list", "--output", "json"))["messages"][0]
        # Six digits stand in times and ports too: looked for with what stands around a value in the log.
        self.keep("verification code", f'"{message["code"]}"')
        self.keep("text with a verification code", message["text"])
        for code in ("000000", message["code"]):
            answer = self.signed(
                "/api/user/register", email="eve@example.org", verificationCode=code, password=self.plant("password of eve")
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


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="sy-") as folder:
        log, data = Path(folder, "log"), folder + "/data"
        settings = {"LOG_LEVEL": "trace", "LOG_FORMAT": "json", "LISTENERS_METRICS_ENABLED": "true", "LISTENERS_METRICS_PORT": "0"}
        environment = {**os.environ, **{"SWITCHYARD_" + name: value for name, value in settings.items()}}
        with log.open("w") as output:
            server = subprocess.Popen(
                [sys.argv[1], "serve", "--data", data, "--port", "0"], env=environment, stderr=output, stdout=output
            )
        try:
            port = ports(log, server)
            tour = Tour(sys.argv[1], data, port["public"])
            tour.run()
            process = Path("/proc", str(server.pid))
            direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            places = {
                "arguments": (process / "cmdline").read_text(),
                "environment": (process / "environ").read_text(),
                "figures": direct.open(f"http://127.0.0.1:{port['metrics']}/metrics", timeout=30).read().decode(),
                "names of files": "\n".join(map(str, Path(data).rglob("*"))),
                "answers to failures": "\n".join(tour.failures),
            }
        finally:
            server.terminate()
            server.wait(30)
        places["log"] = log.read_text()
        found = [f"{name} in the {place}" for place, text in places.items() for secret, name in tour.known.items() if secret in text]
        lines = places["log"].count("\n")
        print(f"secret_tour: {len(tour.known)} secrets, {len(tour.failures)} failures, {lines} lines of log: {len(found)} found")
        if '"level":"trace"' not in places["log"] or "switchyard_" not in places["figures"]:
            found.append("nothing: log or figures were not there to be looked at")
        for fault in found:
            print("secret_tour: found", fault)
        return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
