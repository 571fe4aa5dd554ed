#!/usr/bin/env python3
"""Crawls one site with `wakeful crawl`, `wget -r` and a Python client, and compares.

    cargo build --release && demos/crawl-beside.py [--pages 700] [--rounds 5] [--think-ms 0 10]

The site is served from memory by a process of its own: pages of 14 KB, each with eight links,
robots.txt, connections that are kept. Each round runs all three, one after another; what is printed
is the median of the rounds, as time, as CPU time and as the most memory, with the ratio to wakeful's.
Every client saves its pages, and every saved page is compared with what was served. It needs wget
and Python 3.9, and nothing else.
"""

import argparse
import asyncio
import hashlib
import html.parser
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

PAGE_BYTES = 14_000
CONNECTIONS = 6  # What `wakeful crawl` has for one server.


def page(number, pages):
    """Page `number`, which leads to eight others; together they lead to all."""
    links = "".join(
        f"<a href='/section-{target % 10}/page-{target}.html'>page {target}</a>\n"
        for target in ((number * 7 + step + 1) % pages for step in range(8))
    )
    text = f"<!doctype html><title>page {number}</title>\n{links}<p>"
    return (text + "lorem ipsum " * (PAGE_BYTES // 12))[:PAGE_BYTES].encode()


class Site(asyncio.Protocol):
    """HTTP/1.1 with kept connections, as much of it as the clients here use."""

    def __init__(self, pages, think):
        self.pages, self.think, self.rest = pages, think, b""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.rest += data
        while b"\r\n\r\n" in self.rest:
            head, self.rest = self.rest.split(b"\r\n\r\n", 1)
            answer = self.pages.get(head.split(b" ", 2)[1].decode())
            status = "200 OK" if answer is not None else "404 Not Found"
            body = answer or b""
            text = f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n"
            whole = f"{text}Connection: keep-alive\r\n\r\n".encode() + body
            if self.think:
                asyncio.get_running_loop().call_later(self.think, self.transport.write, whole)
            else:
                self.transport.write(whole)


async def serve(count, think):
    """Serves until killed; says its port first."""
    names = {n: f"/section-{n % 10}/page-{n}.html" for n in range(count)}
    pages = {names[n]: page(n, count) for n in range(count)}
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Site(pages, think), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


class Links(html.parser.HTMLParser):
    """The links of a page."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        if tag == "a":
            self.found += [value for name, value in attributes if name == "href" and value]


async def client(start, folder):
    """The Python client: as many connections as wakeful's, asyncio's streams, html.parser."""
    host = urllib.parse.urlsplit(start)
    queue, seen = asyncio.Queue(), {start}
    queue.put_nowait(start)

    async def work():
        reader, writer = await asyncio.open_connection(host.hostname, host.port)
        while True:
            url = await queue.get()
            path = urllib.parse.urlsplit(url).path
            writer.write(f"GET {path} HTTP/1.1\r\nHost: {host.netloc}\r\n\r\n".encode())
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            length = int(head.split("content-length:")[1].split("\r\n")[0])
            body = await reader.readexactly(length)
            file = pathlib.Path(folder, path[1:])
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(body)
            links = Links()
            links.feed(body.decode())
            for link in (urllib.parse.urljoin(url, link) for link in links.found):
                if link not in seen:
                    seen.add(link)
                    queue.put_nowait(link)
            queue.task_done()

    workers = [asyncio.create_task(work()) for _ in range(CONNECTIONS)]
    await queue.join()
    for worker in workers:
        worker.cancel()


def commands(wakeful, url, folder):
    """What is run, by its name."""
    return {
        "wakeful crawl": [wakeful, "crawl", "--quiet", "--out", folder, url],
        "wget -r": ["wget", "-q", "-r", "-l", "inf", "-P", folder, url],
        "python": [sys.executable, __file__, "--client", url, folder],
    }


def measured(command):
    """Runs a command: its time, its CPU time and its most memory, in seconds and MiB."""
    start = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    # What the system says at the end includes this program's own memory before the command's
    # began, so the command is asked while it runs.
    most = 0
    while True:
        try:
            with open(f"/proc/{child.pid}/status") as status:
                lines = (line for line in status if line.startswith("VmHWM:"))
                most = max([most] + [int(line.split()[1]) for line in lines])
        except OSError:
            pass
        pid, status, usage = os.wait4(child.pid, os.WNOHANG)
        if pid:
            break
        time.sleep(0.004)
    took = time.monotonic() - start
    # wget ends with 8 when something is not found: here, robots.txt.
    if os.waitstatus_to_exitcode(status) not in (0, 8):
        sys.exit(f"{' '.join(command)} failed: {status}")
    return took, usage.ru_utime + usage.ru_stime, most / 1024


def digests(folder):
    """The pages that were saved, whatever their names."""
    files = (file for file in pathlib.Path(folder).rglob("*") if file.is_file())
    bodies = (file.read_bytes() for file in files)
    return sorted(hashlib.sha256(body).hexdigest() for body in bodies if body)


def compare(options, think_ms):
    """All rounds against a site with this think time."""
    arguments = ["--serve", str(options.pages), str(think_ms / 1000)]
    site = subprocess.Popen([sys.executable, __file__, *arguments], stdout=subprocess.PIPE)
    try:
        url = f"http://127.0.0.1:{int(site.stdout.readline())}/section-0/page-0.html"
        served = sorted(
            hashlib.sha256(page(n, options.pages)).hexdigest() for n in range(options.pages)
        )
        results = {name: [] for name in commands(options.wakeful, url, "")}
        for _ in range(options.rounds):
            for name in results:
                with tempfile.TemporaryDirectory() as folder:
                    results[name].append(measured(commands(options.wakeful, url, folder)[name]))
                    if digests(folder) != served:
                        sys.exit(f"{name}: what was saved is not what was served")
    finally:
        site.kill()
        site.wait()
    print(f"\n{options.pages} pages of {PAGE_BYTES:,} bytes, each after {think_ms} ms of thought;")
    print(f"median of {options.rounds} rounds, every page compared byte for byte\n")
    print(f"  {'':<16}{'time':>18}{'CPU time':>18}{'most memory':>20}")
    ours = None
    for name, rounds in results.items():
        medians = [statistics.median(column) for column in zip(*rounds)]
        ours = ours or medians
        times = [f"({mine / other:.1f} x)" for mine, other in zip(medians, ours)]
        print(
            f"  {name:<16}{medians[0]:>8.2f} s {times[0]:>8}{medians[1]:>8.2f} s {times[1]:>8}"
            f"{medians[2]:>8.1f} MiB {times[2]:>7}"
        )


def main():
    parser = argparse.ArgumentParser(description="wakeful crawl beside wget -r and Python")
    parser.add_argument("--pages", type=int, default=700)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--think-ms", type=float, nargs="+", default=[0, 10])
    built = pathlib.Path(__file__).resolve().parent.parent / "target/release/wakeful"
    parser.add_argument("--wakeful", default=str(built), help="the program (target/release/wakeful)")
    parser.add_argument("--serve", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--client", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        return asyncio.run(serve(int(options.serve[0]), float(options.serve[1])))
    if options.client:
        return asyncio.run(client(*options.client))
    if not shutil.which("wget"):
        sys.exit("wget is missing")
    for think_ms in options.think_ms:
        compare(options, think_ms)


main()
