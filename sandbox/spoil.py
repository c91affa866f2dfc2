"""What a fault does to one request: drop its connection, or answer something else."""

import math
import socket
import struct
from http import HTTPStatus

from aiohttp import web

from sandbox.fault import Fault
from sandbox.json import Json, dump
from sandbox.wire import DROPPED

GARBAGE = '{"unfinished": '


def present(request: web.Request) -> bool:
    """Whether the client of this request is still connected."""
    transport = request.transport
    return transport is not None and not transport.is_closing()


def drop(request: web.Request) -> web.Response:
    """Reset the TCP connection. The response that is returned goes nowhere."""
    request[DROPPED] = True
    transport = request.transport
    if transport is not None:
        sock: socket.socket | None = transport.get_extra_info("socket")
        if sock is not None:
            # Linger 0: the client sees a reset and not an orderly end.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response(status=499)


def spoiled(fault: Fault, now: float) -> web.Response:
    """The answer of a `status`, `rate_limit` or `garbage` fault."""
    if fault.kind == "garbage":
        return _answer(fault, 200, GARBAGE, {})
    if fault.kind == "rate_limit":
        return _answer(fault, 429, _limit_body(fault), _limit_headers(fault, now))
    status = fault.status or 502
    return _answer(fault, status, _error_body(fault, status), {})


def _answer(fault: Fault, status: int, body: object, headers: dict[str, str]) -> web.Response:
    content = body if fault.body is None else fault.body
    text = content if isinstance(content, str) else dump(content)
    wanted = {name.lower(): value for name, value in {**headers, **fault.headers}.items()}
    wanted.setdefault("content-type", "application/json")
    return web.Response(body=text.encode(), status=fault.status or status, headers=wanted)


def _error_body(fault: Fault, status: int) -> Json:
    known = status in {one.value for one in HTTPStatus}
    message = fault.message or (HTTPStatus(status).phrase if known else "Error")
    if fault.half == "scenario":
        return {"reason": message}
    return {"message": message, "code": fault.code or 0}


def _limit_body(fault: Fault) -> Json:
    if fault.half == "scenario":
        return {"reason": fault.message or "Too many requests", "remainingSeconds": fault.retry_after}
    body: Json = {
        "message": fault.message or "You are being rate limited.",
        "retry_after": fault.retry_after,
        "global": fault.everywhere,
    }
    return {**body, "code": fault.code or 0}


def _limit_headers(fault: Fault, now: float) -> dict[str, str]:
    headers = {"Retry-After": str(math.ceil(fault.retry_after))}
    if fault.half == "scenario":
        return headers
    # Without Via, discord.py takes a 429 for a ban by Cloudflare and gives up.
    headers |= {
        "Via": "1.1 sandbox",
        "X-RateLimit-Limit": "5",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": f"{now + fault.retry_after:.3f}",
        "X-RateLimit-Reset-After": f"{fault.retry_after:.3f}",
        "X-RateLimit-Bucket": "fault",
        "X-RateLimit-Scope": "global" if fault.everywhere else "user",
    }
    if fault.everywhere:
        headers["X-RateLimit-Global"] = "true"
    return headers
