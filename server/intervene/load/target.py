"""Where the sockets of a server are."""

import asyncio
import socket
import ssl
from typing import NamedTuple
from urllib.parse import urlsplit

from intervene.client.addresses import socket_url

NARROW_BYTES = 4096  # that the kernel buffers for a session that reads slowly; it doubles this


class Target(NamedTuple):
    """`name` is what the header Host has."""

    host: str
    port: int
    name: str
    path: str
    ssl: ssl.SSLContext | None

    async def connect(self, protocol: asyncio.Protocol, *, is_narrow: bool) -> None:
        """`is_narrow`: the kernel takes little that is not read, so that the server notices. Raises `OSError`."""
        loop = asyncio.get_running_loop()
        if not is_narrow:
            await loop.create_connection(lambda: protocol, self.host, self.port, ssl=self.ssl)
            return
        family, kind, _, _, address = (await loop.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM))[0]
        bare = socket.socket(family, kind)
        try:
            bare.setblocking(False)
            bare.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, NARROW_BYTES)
            await loop.sock_connect(bare, address)
            name = self.host if self.ssl else None
            await loop.create_connection(lambda: protocol, sock=bare, ssl=self.ssl, server_hostname=name)
        except BaseException:
            bare.close()
            raise


def target(url: str) -> Target:
    parts = urlsplit(socket_url(url))
    secure = ssl.create_default_context() if parts.scheme == "wss" else None
    name = parts.netloc.rpartition("@")[2]
    return Target(parts.hostname or "", parts.port or (443 if secure else 80), name, parts.path, secure)
