/* The web worker of a chapter's page: Python, and the cells one after another.

   The page says start, run and stop; it hears loading, ready, begin, output,
   done, progress and died. README.md has the list. Python runs on stacks that
   can wait (JavaScript Promise Integration), so `page.turn()` lets messages
   arrive in the middle of a cell. */
import { loadPyodide } from "./pyodide/pyodide.mjs";

const MEMORY = 2 ** 30; // bytes; then Python raises MemoryError
const waiting = []; // cells
let kernel, running, stopping, progress, started, dead;

// A page that asks for more memory than this would take the browser down.
const grow = WebAssembly.Memory.prototype.grow;
WebAssembly.Memory.prototype.grow = function (pages) {
  if (this.buffer.byteLength + pages * 65536 > MEMORY)
    throw new RangeError("a cell may not take more memory");
  return grow.call(this, pages);
};

const tell = (is, told) => postMessage({ is, ...told });

// What Python may ask of this worker.
const { port1, port2 } = new MessageChannel();
const turns = [];
const signals = new Uint8Array(1); // Python looks here at times
port1.onmessage = () => turns.shift()();
const page = {
  send: (text) => tell("output", { ...running, output: JSON.parse(text) }),
  stopping: () => stopping,
  interrupt: (number) => (signals[0] = number),
  sleep: (milliseconds) =>
    new Promise((resolve) => setTimeout(resolve, milliseconds)),
  turn: () =>
    new Promise((resolve) => {
      turns.push(resolve);
      port2.postMessage(null);
    }),
};

async function start({ chapter, base, progress: kept }) {
  const begun = performance.now();
  const library = fetch(new URL("library.zip", base))
    .then((response) => response.arrayBuffer());
  tell("loading", { part: "Python", done: 0 });
  const pyodide = await loadPyodide({
    env: { HOME: "/home/reader" },
    stdin: () => null, // input() ends at once: nothing can be typed here
  });
  tell("loading", { part: "the library", done: 0.8 });
  pyodide.unpackArchive(await library, "zip",
    { extractDir: "/lib/python3.14/site-packages" });
  pyodide.setInterruptBuffer(signals);
  kernel = pyodide.pyimport("kernel");
  kernel.start(page, chapter, kept);
  progress = kept;
  tell("loading", { part: "the library", done: 1 });
  tell("ready", { seconds: (performance.now() - begun) / 1000 });
}

async function run({ run, cell, source }) {
  const begun = performance.now();
  running = { run, cell };
  stopping = false;
  tell("begin", running);
  const status = await kernel.run.callPromising(source);
  const seconds = (performance.now() - begun) / 1000;
  tell("done", { ...running, status, seconds });
  const now = kernel.progress();
  if (now !== progress) tell("progress", { text: (progress = now) });
}

async function runAll() {
  try {
    await started;
    while (waiting.length) await run(waiting.shift());
    running = null;
  } catch (error) {
    die(error);
  }
}

// What runs stays "running": this worker takes no more cells.
function die(error) {
  if (dead) return;
  dead = true;
  waiting.length = 0;
  const deep = /call stack|too much recursion/.test(String(error));
  tell("died", { why: deep ? "a call went too deep" : String(error) });
}

onmessage = ({ data }) => {
  if (data.do === "start") {
    started = start(data);
    started.catch(die);
  } else if (data.do === "run") {
    waiting.push(data);
    if (!running) {
      running = data;
      runAll();
    }
  } else if (data.do === "stop") {
    stopping = true;
    for (const { run, cell } of waiting.splice(0))
      tell("done", { run, cell, status: "stopped", seconds: 0 });
  }
};
