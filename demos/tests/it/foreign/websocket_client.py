"""A WebSocket client by hand: from RFC 6455, sharing no code with what it tests."""
import base64, hashlib, os, socket, struct, sys
host, port = sys.argv[1].split(":")
stream = socket.create_connection((host, int(port)), timeout=30)
reader = stream.makefile("rb")
key = base64.b64encode(os.urandom(16)).decode()
stream.sendall(("GET / HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\n\r\n" % (sys.argv[1], key)).encode())
assert reader.readline().split()[1] == b"101"
headers = dict(line.lower().split(b": ", 1) for line in iter(lambda: reader.readline().strip(), b""))
expected = base64.b64encode(hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest())
assert headers[b"sec-websocket-accept"] == expected.lower(), headers

def send(opcode, payload, final=True):
    head = bytes([opcode | (128 if final else 0)])
    if len(payload) < 126: head += bytes([128 | len(payload)])
    elif len(payload) < 65536: head += bytes([128 | 126]) + struct.pack(">H", len(payload))
    else: head += bytes([128 | 127]) + struct.pack(">Q", len(payload))
    mask = os.urandom(4)
    stream.sendall(head + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(payload)))

def receive():
    first, second = reader.read(2)
    size = second & 127
    if size == 126: size, = struct.unpack(">H", reader.read(2))
    if size == 127: size, = struct.unpack(">Q", reader.read(8))
    return first, reader.read(size)

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
for size in (0, 1, 125, 126, 65535, 65536, 300000):
    payload = os.urandom(size)
    send(BINARY, payload)
    assert receive() == (128 | BINARY, payload), size
send(TEXT, "gr\u00fc\u00df".encode())
assert receive() == (128 | TEXT, "gr\u00fc\u00df".encode())
send(PING, b"are you there")
assert receive() == (128 | PONG, b"are you there")
send(TEXT, b"in ", final=False)
send(0, b"two parts")
assert receive() == (128 | TEXT, b"in two parts")
send(CLOSE, struct.pack(">H", 1000))
opcode, reason = receive()
assert (opcode, reason[:2]) == (128 | CLOSE, struct.pack(">H", 1000))
assert reader.read() == b""
print("ok")
