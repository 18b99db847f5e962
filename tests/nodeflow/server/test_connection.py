"""What never gets to a route, sent over raw sockets: it is answered with a problem too, and repeats nothing."""

from __future__ import annotations

import json
import socket
from email.message import Message
from email.parser import BytesParser
from typing import Any

import pytest

from nodeflow.api.problem import ProblemDetail
from nodeflow.server.security import API_HEADERS
from tests.nodeflow.server.conftest import ENDS_WITHIN, Caller, Server

HOST = b"Host: localhost\r\nConnection: close\r\n"
GET = b"GET /v1/runs HTTP/1.1\r\n" + HOST
POST = b"POST /v1/runs HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"
UPLOAD = b"POST /v1/files HTTP/1.1\r\n" + HOST
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
SECRET = b"hunter2"

UNREADABLE = {
    "no HTTP": b"nonsense\r\n\r\n",
    "zeros": b"\x00" * 100,
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "version": b"GET / HTTP/9.9\r\n" + HOST + b"\r\n",
    "method": b"GE{T / HTTP/1.1\r\n" + HOST + b"\r\n",
    "no host": b"GET /v1/runs HTTP/1.1\r\nConnection: close\r\n\r\n",
    "two hosts": GET + b"Host: evil\r\n\r\n",
    "a path that is none": b"GET v1/runs HTTP/1.1\r\n" + HOST + b"\r\n",
    "an address that is none": b"GET http://[::1 HTTP/1.1\r\n" + HOST + b"\r\n",
    "a port that is none": b"GET http://localhost:99999999/ HTTP/1.1\r\n" + HOST + b"\r\n",
    "bytes in the path": b"GET /v1/\xff\xfe HTTP/1.1\r\n" + HOST + b"\r\n",
    "a long line": b"GET /v1/runs?tag=" + b"a" * 9000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "a long line without an end": b"GET /" + b"a" * 20_000,
    "a long header": GET + b"X: " + b"a" * 9000 + b"\r\n\r\n",
    "many headers": GET + b"".join(b"X%d: 1\r\n" % number for number in range(300)) + b"\r\n",
    "a header that is none": GET + b"Authorization " + SECRET + b"\r\n\r\n",
    "control characters": GET + b"Authorization: Bearer " + SECRET + b"\x01\r\n\r\n",
    "an unknown expectation": POST + b"Expect: " + SECRET + b"\r\nContent-Length: 2\r\n\r\n{}",
    "an expectation where nothing is": b"GET /no/thing HTTP/1.1\r\n" + HOST + b"Expect: much\r\n\r\n",
    "a length that is none": POST + b"Content-Length: abc\r\n\r\n",
    "a negative length": POST + b"Content-Length: -1\r\n\r\n",
    "two lengths": POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
    "an endless length": POST + b"Content-Length: 99999999999999999999999\r\n\r\n{}",
    "a length and chunks": POST + b"Content-Length: 5\r\n" + CHUNKED + b"0\r\n\r\n",
    "an unknown transfer": POST + b"Transfer-Encoding: foo\r\n\r\n{}",
    "an unknown encoding": POST + b"Content-Encoding: br\r\nContent-Length: 8\r\n\r\nnotbrotl",
    "no gzip": POST + b"Content-Encoding: gzip\r\nContent-Length: 8\r\n\r\nnotgzip!",
    "a file that is no gzip": UPLOAD + b"Content-Encoding: gzip\r\nContent-Length: 8\r\n\r\nnotgzip!",
    "a bad first chunk": POST + CHUNKED + b"ZZ\r\n",
    "a bad chunk": POST + CHUNKED + b'5\r\n{"gra\r\nZZ\r\n',
    "a bad chunk where none belongs": GET + CHUNKED + b"ZZ\r\n",
}


def read(answer: bytes) -> tuple[bytes, Message, Any]:
    """The status, the headers and the JSON of an answer, which is all there is."""
    head, _, body = answer.partition(b"\r\n\r\n")
    line, _, fields = head.partition(b"\r\n")
    headers = BytesParser().parsebytes(fields)
    assert len(body) == int(headers["Content-Length"]), answer
    return line.split()[1], headers, json.loads(body)


def check(answer: bytes) -> None:
    status, headers, body = read(answer)
    assert (status, headers["Content-Type"]) == (b"400", "application/problem+json")
    problem = ProblemDetail.model_validate(body)
    assert (problem.type, problem.status, problem.instance) == ("/problems/malformed", 400, headers["X-Request-Id"])
    assert {name: headers[name] for name in API_HEADERS} == dict(API_HEADERS)
    assert headers["Connection"] == "close" or answer.startswith(b"HTTP/1.0")
    assert headers["Server"] in (None, "nodeflow"), "nobody needs to know what it is made of"


@pytest.mark.parametrize("name", UNREADABLE)
async def test_what_cannot_be_read_is_answered_with_a_problem(server: Server, name: str) -> None:
    answer = server.raw(UNREADABLE[name])
    check(answer)
    assert SECRET not in answer


@pytest.mark.parametrize("asked", [POST, UPLOAD])
async def test_a_bad_chunk_after_a_good_one_is_refused_at_once(server: Server, asked: bytes) -> None:
    """Also when the request is read and its handler waits for the rest of the body: it does not wait until too late."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=ENDS_WITHIN) as connection:
        connection.sendall(asked + b"Expect: 100-continue\r\n" + CHUNKED)
        told = connection.recv(1 << 16)
        assert told == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b'5\r\n{"gra\r\n')
        connection.sendall(b"ZZ\r\n")
        check(b"".join(iter(lambda: connection.recv(1 << 16), b"")))


async def test_it_is_no_defect_and_nothing_of_it_is_logged(ask: Caller, server: Server) -> None:
    for raw in UNREADABLE.values():
        server.raw(raw)
    assert (await ask("GET", "/healthz")).status == 200
    log = server.log.read_text()
    assert [line for line in server.logged() if line["level"] in ("error", "critical")] == []
    assert "this is no HTTP request" in log
    assert SECRET.decode() not in log


async def test_nothing_of_a_form_is_logged_and_each_line_of_the_log_is_json(ask: Caller, server: Server) -> None:
    part = b"--b\r\nContent-Disposition: form-data; name=file; filename=../../" + SECRET + b"\r\n\r\nx\r\n--b--\r\n"
    told = await ask("POST", "/v1/files", data=part, headers={"Content-Type": "multipart/form-data; boundary=b"})
    assert (told.status, told.json["type"]) == (400, "/problems/malformed")
    lines = server.log.read_text().splitlines()
    assert [line for line in lines if not line.startswith("{")] == []
    assert SECRET.decode() not in "".join(lines)
