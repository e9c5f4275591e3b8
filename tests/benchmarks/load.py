"""A small HTTP client: many keep-alive connections, prepared requests, counted answers."""

import asyncio
import time
from collections.abc import Callable

CONNECTIONS = 32


def request_bytes(path: str, body: bytes, key: str) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    return f"{head}Authorization: Bearer {key}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def get_bytes(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()


async def one(port: int, make: Callable[[], bytes], until: float, done: list[int]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.perf_counter() < until:
        writer.write(make())
        head = await reader.readuntil(b"\r\n\r\n")
        status = int(head[9:12])
        length = next(
            int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
        )
        await reader.readexactly(length)
        if status != 200:
            raise RuntimeError(head.decode())
        done[0] += 1
    writer.close()


async def many(port: int, make: Callable[[], bytes], seconds: float, connections: int) -> float:
    done = [0]
    start = time.perf_counter()
    await asyncio.gather(*(one(port, make, start + seconds, done) for _ in range(connections)))
    return done[0] / (time.perf_counter() - start)


def rate(port: int, make: Callable[[], bytes], seconds: float, connections: int = CONNECTIONS) -> float:
    """Answers a second over so many connections."""
    return asyncio.run(many(port, make, seconds, connections))
