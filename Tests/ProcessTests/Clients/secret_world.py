"""What the tour with planted secrets meets and watches: a mail server, a WebSocket, and the processes of this machine."""

import base64
import json
import os
import re
import socketserver
import ssl
import struct
import threading
from pathlib import Path


class MailServer(socketserver.ThreadingTCPServer):
    """Takes mail over TLS after AUTH PLAIN (RFC 4954); refuses the first password it is given, whatever it is."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, certificate: str, key: str):
        super().__init__(("127.0.0.1", 0), MailConversation)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.passwords: list[str] = []
        self.messages: list[str] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        return self.server_address[1]


class MailConversation(socketserver.StreamRequestHandler):
    def setup(self) -> None:
        self.request = self.server.context.wrap_socket(self.request, server_side=True)
        super().setup()

    def say(self, line: str) -> None:
        self.wfile.write((line + "\r\n").encode())

    def handle(self) -> None:
        self.say("220 localhost")
        for line in iter(lambda: self.rfile.readline().decode().rstrip(), ""):
            verb = line.split(" ")[0].upper()
            if verb == "EHLO":
                self.say("250-localhost\r\n250 AUTH PLAIN")
            elif verb == "AUTH":
                self.server.passwords.append(base64.b64decode(line.split(" ")[2]).decode().split("\0")[2])
                self.say("235 good" if len(self.server.passwords) > 1 else "535 5.7.8 bad credentials")
            elif verb == "DATA":
                self.say("354 go on")
                text = "".join(iter(lambda: self.rfile.readline().decode(), ".\r\n"))
                body = text.partition("\r\n\r\n")[2]
                if re.search("^content-transfer-encoding: base64", text, re.I | re.M):
                    body = base64.b64decode(body).decode()
                self.server.messages.append(body)
                self.say("250 taken")
            elif verb == "QUIT":
                return self.say("221 bye")
            else:
                self.say("250 good")


class WebSocket:
    """Text messages below 64 KiB on an open connection (RFC 6455)."""

    def __init__(self, connection, path: str = "/api/ws", headers: str = ""):
        self.connection = connection
        key = base64.b64encode(os.urandom(16)).decode()
        connection.sendall(
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n{headers}\r\n".encode()
        )
        self.stream = connection.makefile("rb")
        self.status = int(self.stream.readline().split()[1])
        while self.stream.readline().strip():
            pass

    def send(self, text: str) -> None:
        data = text.encode()
        length = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + struct.pack(">H", len(data))
        self.connection.sendall(b"\x81" + length + bytes(4) + data)

    def receive(self) -> str:
        """The next text message or the reason of the close; empty at the end."""
        while head := self.stream.read(2):
            length = struct.unpack(">H", self.stream.read(2))[0] if head[1] == 126 else head[1]
            data = self.stream.read(length)
            if head[0] == 0x81:
                return data.decode()
            if head[0] == 0x88:
                return data[2:].decode()
        return ""

    def ask(self, **message) -> dict:
        self.send(json.dumps(message))
        answer = self.receive()
        return json.loads(answer) if answer.startswith("{") else {"closed": answer}

    def close(self) -> None:
        self.stream.close()
        self.connection.close()


class ProcessWatch:
    """Collects arguments and environment of processes, as other users of the machine may see them."""

    def __init__(self, interval: float, program: str | None = None):
        """With a program: all processes that run it; else those that are followed, and their children."""
        self.interval, self.program = interval, program and program.encode()
        self.followed: set[int] = set()
        self.processes: set[int] = set()
        self.seen: set[tuple[str, bytes]] = set()
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def follow(self, process: int) -> None:
        self.followed.add(process)
        self.look(process)

    def run(self) -> None:
        while not self.ended.wait(self.interval):
            everybody = (int(name) for name in os.listdir("/proc") if name.isdigit()) if self.program else list(self.followed)
            for process in everybody:
                self.look(process)

    def look(self, process: int) -> None:
        folder = Path("/proc", str(process))
        try:
            arguments = (folder / "cmdline").read_bytes()
            if self.program and os.path.basename(arguments.split(b"\0")[0]) != self.program:
                return
            self.seen |= {("arguments", arguments), ("environment", (folder / "environ").read_bytes())}
            self.processes.add(process)
            for child in (folder / "task" / str(process) / "children").read_text().split():
                self.look(int(child))
        except OSError:
            self.followed.discard(process)  # It has ended.

    def end(self) -> dict[str, str]:
        """What was seen, by kind."""
        self.ended.set()
        self.thread.join()
        return {
            f"{kind} of processes": "\n".join(text.decode(errors="replace") for what, text in self.seen if what == kind)
            for kind in ("arguments", "environment")
        }
