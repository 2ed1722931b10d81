#!/usr/bin/env python3
"""A mail server (`aiosmtpd`) that keeps nothing: prints its port, then each message it took, as JSON, one a line.

    mail_server.py --security starttls|tls|none [--certificate FILE --key FILE]
                   [--user NAME --password-file FILE --mechanism PLAIN|LOGIN]

With a user it takes mail from that user alone, and offers one mechanism. Messages to refused@... are refused. It runs until it
is ended.
"""

import argparse
import asyncio
import email
import email.policy
import hmac
import json
import ssl

from aiosmtpd.smtp import SMTP, AuthResult


class Printer:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("refused@"):
            return "550 5.1.1 nobody of this name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.SMTPUTF8)
        print(
            json.dumps(
                {
                    "from": envelope.mail_from,
                    "to": envelope.rcpt_tos,
                    "user": session.auth_data.decode() if session.auth_data else None,
                    "headers": {name: str(value) for name, value in message.items()},
                    "defects": [repr(defect) for defect in message.defects],
                    "text": message.get_content(),
                }
            ),
            flush=True,
        )
        return "250 OK"


def server_arguments(options, context):
    arguments = {"hostname": "localhost", "enable_SMTPUTF8": True}
    if options.security == "starttls":
        arguments |= {"tls_context": context, "require_starttls": True}
    if options.user:
        with open(options.password_file, encoding="utf-8") as file:
            password = file.read().rstrip("\n").encode()

        def authenticate(server, session, envelope, mechanism, data):
            good = data.login == options.user.encode() and hmac.compare_digest(data.password, password)
            return AuthResult(success=good, handled=False, auth_data=data.login)

        others = {"PLAIN", "LOGIN"} - {options.mechanism}
        arguments |= {
            "authenticator": authenticate,
            "auth_required": True,
            # The library knows TLS only where it began it itself.
            "auth_require_tls": options.security == "starttls",
            "auth_exclude_mechanism": others,
        }
    return arguments


async def serve(options):
    context = None
    if options.security != "none":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.certificate, options.key)
    arguments = server_arguments(options, context)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(Printer(), loop=loop, **arguments),
        host="127.0.0.1",
        port=0,
        ssl=context if options.security == "tls" else None,
    )
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    async with server:
        await server.serve_forever()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--security", choices=["starttls", "tls", "none"], required=True)
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    parser.add_argument("--user")
    parser.add_argument("--password-file")
    parser.add_argument("--mechanism", choices=["PLAIN", "LOGIN"], default="PLAIN")
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
