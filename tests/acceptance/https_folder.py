# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Serve the files of a folder by HTTPS, as a private index of extensions does.

Usage: python https_folder.py FOLDER PORT CERTIFICATE, a PEM file with its key.
"""

from __future__ import annotations

import functools
import http.server
import ssl
import sys


def main(folder: str, port: str, certificate: str) -> None:
    """Serve until the process is ended."""
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=folder)
    server = http.server.ThreadingHTTPServer(('127.0.0.1', int(port)), handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.serve_forever()


if __name__ == '__main__':
    main(*sys.argv[1:])
