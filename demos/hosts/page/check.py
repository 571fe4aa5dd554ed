#!/usr/bin/env python3
"""Drives target/page.html in a headless Chromium and says what it saw; exits with 1 if it is wrong.

    check.py [SCREENSHOT.png]
    check.py --yields          only says how many nanoseconds a yield takes

It speaks the DevTools protocol over a pipe, which needs nothing but Chromium and this file.
"""

import base64, contextlib, functools, http.server, json, os, pathlib, shutil, subprocess, sys
import tempfile, threading, time

FOLDER = pathlib.Path(__file__).resolve().parent / "target"


class Browser:
    def __init__(self, profile):
        names = ["chromium", "chromium-browser", "google-chrome", "chrome"]
        program = next(filter(None, map(shutil.which, names)), None)
        if program is None:
            print("missing: chromium; apt-get install chromium", file=sys.stderr)
            sys.exit(3)
        commands, answers = os.pipe(), os.pipe()

        def pipes_at_3_and_4():
            # Not in place: either may be in the other's way.
            read, write = os.dup(commands[0]), os.dup(answers[1])
            high = [os.dup2(read, 20), os.dup2(write, 21)]
            os.dup2(high[0], 3), os.dup2(high[1], 4)

        self.process = subprocess.Popen(
            [program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             "--remote-debugging-pipe", f"--user-data-dir={profile}", "--window-size=1180,900",
             "about:blank"],
            preexec_fn=pipes_at_3_and_4, close_fds=False,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(commands[0]), os.close(answers[1])
        # A page that has frozen answers nothing.
        watchdog = threading.Timer(120, self.process.kill)
        watchdog.daemon = True
        watchdog.start()
        self.commands, self.answers = os.fdopen(commands[1], "wb", 0), os.fdopen(answers[0], "rb")
        self.number, self.session = 0, None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]

    def call(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        self.commands.write(json.dumps(message).encode() + b"\0")
        while True:
            answer = json.loads(self.message())
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]

    def message(self):
        text = bytearray()
        while (byte := self.answers.read(1)) != b"\0":
            if not byte:
                raise RuntimeError("Chromium has gone")
            text += byte
        return text

    def run(self, script):
        """The value of a JavaScript expression in the page."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise AssertionError(f"{script}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def until(self, script, seconds=10):
        end = time.monotonic() + seconds
        while not self.run(script):
            if time.monotonic() > end:
                story = "\n".join(self.run("story"))
                raise AssertionError(f"not within {seconds} s: {script}\n{story}")
            time.sleep(0.02)

    def open(self, address):
        self.call("Page.enable")
        self.call("Page.navigate", url=address)
        self.until("typeof wasm === 'object' && counts.runs === 1")
        self.run(HELPERS)

    def screenshot(self, path):
        image = self.call("Page.captureScreenshot", format="png")["data"]
        pathlib.Path(path).write_bytes(base64.b64decode(image))


def click(name):
    return f"[...document.querySelectorAll('#spawned button')].find((b) => b.textContent === '{name}').click()"


def act(what, name):
    return f"document.querySelector('[data-act={what}][data-slot=\"' + at('{name}') + '\"]').click()"


# Added to the page: the slot of the first task of a name, and how often something is on record.
HELPERS = """
window.at = (name) => slots.findIndex((task) => task?.name === name);
window.tasks = () => slots.filter(Boolean).length;
window.count = (what) => records.filter((r) => r.what === what).length;
window.drawn = (...color) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let i = 0; i < data.length; i += 4) count += color.every((part, n) => data[i + n] === part);
  return count;
};
"""


def check(page):
    """Each part is a promise of the executor, seen from outside."""
    # Quiet: nothing is polled without a wake, and nothing inside of one.
    wake, ready, poll = "drawn(0xd6, 0x33, 0x6c)", "drawn(0xf5, 0x9f, 0)", "drawn(0x1c, 0x7e, 0xd6)"
    expect(page.run(f"[{wake}, {ready}, {poll}]"), [0, 0, 0])
    page.run(click("sleep"))
    page.until("counts.wakes === 3")
    page.until(f"{wake} > 50 && {ready} > 50 && {poll} > 200")  # they are in the picture
    trace = page.run("records.slice(-7).map((r) => r.what).join(' ')")
    expect(trace, "event wake run poll polled idle ran")
    expect(page.run("records.some((r) => r.what === 'run' && r.from)"), False)  # not in the event's call
    # One poll and one run for the spawn and for each wake; the first run registers the parent.
    expect(page.run("[count('poll') - counts.wakes, counts.runs - counts.wakes]"), [1, 2])

    # Cancelling drops the future, and the future calls its timer off.
    expect(page.run("pending.size"), 1)
    page.run(act("cancel", "sleep"))
    expect(page.run("[pending.size, tasks(), records.at(-1).what]"), [0, 0, "end"])

    # A wake that the task was not waiting for: it is polled, and waits on.
    page.run(click("sleep"))
    page.until("slots[at('sleep')].polls >= 1")
    polls = "slots[at('sleep')].polls"
    more = f"(async () => {{ const before = {polls}; {act('wake', 'sleep')}; await 0; return {polls} - before }})()"
    expect(page.run(more), 1)  # in the microtask right after the click
    expect(page.run("pending.size"), 1)
    page.run(act("cancel", "sleep"))

    # A future by hand ends at its third wake.
    page.run(click("3 wakes"))
    for wakes in range(3):
        page.until(f"slots[at('3 wakes')].said === '{wakes} of 3 wakes'")
        page.run(act("wake", "3 wakes"))
    page.until("tasks() === 0")

    # Step by step: each step polls one task, in the order of the wakes.
    page.run("paused.click(), records.length = 0")
    for _ in range(3):
        page.run(click("yield"))
    order = page.run("queue.join()")
    for polls in range(1, 7):
        page.run("document.getElementById('step').click()")
        expect(page.run("count('poll')"), polls)
    polled = page.run("records.filter((r) => r.what === 'poll').map((r) => r.slot).join()")
    expect(polled, f"{order},{order}")
    page.run("paused.click()")
    page.until("tasks() === 0")
    expect(page.run("count('poll')"), 3 * 7)

    # A join: the child's end wakes the parent, and the parent's end is the child's.
    page.run(click("parent"))
    page.until("at('child') > 0 && slots[at('child')].polls === 1")
    page.until("records.some((r) => r.what === 'wake' && r.slot === at('parent') && r.from > 0)")
    refused = "story.at(-1).trim() === 'its parent has its handle: cancel the parent'"
    page.until(f"at('child') > 0 && ({act('cancel', 'child')}, {refused} && tasks() === 2)")
    page.run(act("cancel", "parent"))
    expect(page.run("[tasks(), pending.size]"), [0, 0])

    # Full is no error of the page's: the future comes back, and nothing else changes.
    for _ in range(8):
        page.run(click("sleep"))
    said = page.run(f"{click('sleep')}, story.at(-1).trim()")
    expect(said, "the executor is full: spawn gives the future back")
    expect(page.run("tasks()"), 8)
    page.until("slots.every((task, slot) => slot === 0 || task.polls >= 3)")
    for _ in range(7):
        page.run(act("cancel", "sleep"))
    expect(page.run("[pending.size, tasks()]"), [1, 1])

    # A task that never waits stops neither timers nor drawing.
    page.run(click("spin"))
    polls = page.run("slots[at('sleep')].polls")
    page.run("new Promise((done) => { let n = 0; const f = () => ++n === 30 ? done() : requestAnimationFrame(f); f(); })")
    page.until(f"slots[at('sleep')].polls > {polls} + 1 && slots[at('spin')].polls > 10000")
    expect(page.run("counts.polls <= counts.runs * 256"), True)  # the budget of a run
    page.run(act("cancel", "spin"))
    expect(page.run("tasks()"), 1)


# The module without a page: two tasks take turns, 256 polls a run, and everything that the observer
# tells goes to an empty function.
YIELDS = """
(async () => {
  const nothing = () => {};
  const page = Object.fromEntries(Object.keys(imports).map((name) => [name, nothing]));
  const bytes = Uint8Array.from(atob(WASM), (char) => char.charCodeAt(0));
  const { instance } = await WebAssembly.instantiate(bytes, { page });
  instance.exports.spawn(5);
  instance.exports.spawn(5);
  const measure = (runs) => {
    const begin = performance.now();
    for (let n = 0; n < runs; n++) instance.exports.run();
    return (performance.now() - begin) * 1e6 / (runs * 256);
  };
  return Math.min(...Array.from({ length: 10 }, () => measure(4000)));
})()
"""


def expect(found, wanted):
    if found != wanted:
        raise AssertionError(f"found {found!r}, wanted {wanted!r}")


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def main():
    size = (FOLDER / "wasm32-unknown-unknown/release/page.wasm").stat().st_size
    assert size < 40_000, f"the module has {size} bytes"
    handler = functools.partial(Quiet, directory=FOLDER)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile, contextlib.ExitStack() as stack:
        page = Browser(profile)
        stack.callback(page.process.wait)
        stack.callback(page.process.kill)
        page.open((FOLDER / "page.html").as_uri())
        if sys.argv[1:] == ["--yields"]:
            print(f"{page.run(YIELDS):.1f}")
            return
        check(page)
        print("page: opened from a file, it behaves")
        page.open(f"http://127.0.0.1:{server.server_port}/page.html")
        page.run(click("fetch"))
        length = (FOLDER / "page.html").stat().st_size
        page.until(f"tasks() === 0 && story.join().includes('it has seen {length} bytes')")
        print(f"page: served, it fetches itself: {length} bytes")
        if len(sys.argv) > 1:
            for name in ["sleep", "parent", "sleep", "3 wakes", "yield"]:
                page.run(click(name))
                time.sleep(0.4)
            page.run(act("wake", "3 wakes"))
            time.sleep(1.5)
            page.screenshot(sys.argv[1])
        print(f"page: {size} bytes of wasm")


if __name__ == "__main__":
    main()
