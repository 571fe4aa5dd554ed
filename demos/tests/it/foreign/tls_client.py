"""Speaks TLS with the certificates of a file, sends many lines, compares what comes back."""
import socket, ssl, sys
host, port = sys.argv[1].split(":")
context = ssl.create_default_context(cafile=sys.argv[2]) if sys.argv[2] else ssl.create_default_context()
raw = socket.create_connection((host, int(port)), timeout=30)
try:
    stream = context.wrap_socket(raw, server_hostname="localhost")
except ssl.SSLCertVerificationError as error:
    print("refused:", error.reason)
    sys.exit()
text = b"".join(b"line %d of many\n" % n for n in range(5000))
reader = stream.makefile("rb")
for part in range(0, len(text), 9999):
    stream.sendall(text[part:part + 9999])
    if part == 0:
        first = reader.readline()
rest = text.count(b"\n") - 1
same = first + b"".join(reader.readline() for _ in range(rest)) == text
print(stream.version(), "same" if same else "different")
stream.unwrap().close()
