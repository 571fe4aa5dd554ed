"""The crawl in Python: `crawl.py asyncio|uvloop|gevent WIDTH PAGES`, the site's address in
PEERS_SITE. Prints CPU and wall nanoseconds a page."""

import os
import sys
import time

HOST, PORT = os.environ["PEERS_SITE"].rsplit(":", 1)
REQUEST = b"GET /page HTTP/1.0\r\nHost: site\r\n\r\n"
WIDTH, PAGES = int(sys.argv[2]), int(sys.argv[3])
left = PAGES


def asyncio_main(run):
    import asyncio

    async def fetch():
        reader, writer = await asyncio.open_connection(HOST, int(PORT))
        writer.write(REQUEST)
        page = await reader.read()
        writer.close()
        assert len(page) > 14000

    async def worker():
        global left
        while left > 0:
            left -= 1
            await fetch()

    async def main():
        await asyncio.gather(*(worker() for _ in range(WIDTH)))

    run(main())


def gevent_main():
    import gevent
    from gevent import socket

    def worker():
        global left
        while left > 0:
            left -= 1
            with socket.create_connection((HOST, int(PORT))) as stream:
                stream.sendall(REQUEST)
                size = 0
                while data := stream.recv(16384):
                    size += len(data)
                assert size > 14000

    gevent.joinall([gevent.spawn(worker) for _ in range(WIDTH)], raise_error=True)


# Importing a loop is not what is measured.
if sys.argv[1] == "gevent":
    import gevent.socket

    main = gevent_main
elif sys.argv[1] == "uvloop":
    import uvloop

    main = lambda: asyncio_main(uvloop.run)
else:
    import asyncio

    main = lambda: asyncio_main(asyncio.run)

wall, cpu = time.perf_counter_ns(), time.process_time_ns()
main()
wall, cpu = time.perf_counter_ns() - wall, time.process_time_ns() - cpu
print("cpu_ns", cpu / PAGES)
print("wall_ns", wall / PAGES)
