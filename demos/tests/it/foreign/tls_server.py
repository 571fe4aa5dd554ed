"""A TLS server for one line, which it gives back in capitals."""
import socket, ssl, sys
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
listener = socket.create_server(("127.0.0.1", 0))
listener.settimeout(30)
print(listener.getsockname()[1], flush=True)
raw, _ = listener.accept()
stream = context.wrap_socket(raw, server_side=True)
stream.sendall(stream.makefile("rb").readline().upper())
stream.unwrap()
