"""The echo server in Python: `echo.py asyncio|uvloop|gevent`. Prints its address, serves for ever."""

import socket
import sys


def listener():
    door = socket.socket()
    door.bind(("127.0.0.1", 0))
    door.listen(4096)
    print("%s:%d" % door.getsockname(), flush=True)
    return door


def asyncio_main(run):
    import asyncio

    class Echo(asyncio.Protocol):
        def connection_made(self, transport):
            self.transport = transport

        def data_received(self, data):
            self.transport.write(data)

    async def serve():
        server = await asyncio.get_running_loop().create_server(Echo, sock=listener())
        await server.serve_forever()

    run(serve())


def gevent_main():
    from gevent import socket as green
    from gevent.server import StreamServer

    def echo(stream, _address):
        while data := stream.recv(256):
            stream.sendall(data)

    door = green.socket(fileno=listener().detach())
    door.setblocking(False)
    StreamServer(door, echo).serve_forever()


if sys.argv[1] == "gevent":
    gevent_main()
elif sys.argv[1] == "uvloop":
    import uvloop

    asyncio_main(uvloop.run)
else:
    import asyncio

    asyncio_main(asyncio.run)
