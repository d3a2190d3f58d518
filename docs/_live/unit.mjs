/* A web worker for a program that really works beside the page: a farm's worker.

   The page's worker starts it (see python/standins/workers.py) and sends
   {run: arguments, environ, files}; then both send bytes of connections. When
   the program ends, this says {ended: code} and waits for the next one. */
import { loadPyodide } from "./pyodide/pyodide.mjs";

const inbox = []; // messages that Python has not taken yet
let wake = () => {};

onmessage = ({ data }) => {
  inbox.push(data);
  wake();
};

const owner = {
  send: (message) => postMessage(message),
  take: () => inbox.splice(0),
  rest: (milliseconds) =>
    new Promise((resolve) => {
      if (inbox.length) return resolve();
      const timer = setTimeout(resolve, milliseconds);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    }),
};

async function start() {
  const library = fetch(new URL("library.zip", import.meta.url))
    .then((response) => response.arrayBuffer());
  const pyodide = await loadPyodide({ env: { HOME: "/home/reader" } });
  pyodide.unpackArchive(await library, "zip",
    { extractDir: "/lib/python3.14/site-packages" });
  await pyodide.pyimport("standins.working").main.callPromising(owner);
}

start().catch((error) => postMessage({ died: String(error) }));
