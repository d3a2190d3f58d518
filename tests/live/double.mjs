/* A double of the worker: it speaks its messages and runs no Python.

   A cell says in its first line, as JSON after "#: ", what the double does:
   a list of outputs; "wait" until Stop; "late", which ends well at Stop;
   "deaf" to Stop; "die". Any other cell prints its first line. `#: ` outputs
   come one by one. */
const tell = (is, told) => postMessage({ is, ...told });
let stop = null;

async function run({ run, cell, source }) {
  const send = (output) => tell("output", { run, cell, output });
  const print = (text) =>
    send({ output_type: "stream", name: "stdout", text });
  const line = source.split("\n")[0];
  tell("begin", { run, cell });
  let status = "ok";
  const wishes = line.startsWith("#: ") ? JSON.parse(line.slice(3)) : null;
  if (!wishes) print(`ran ${line}\n`);
  for (const wish of wishes ?? []) {
    if (wish === "deaf") return;
    if (wish === "die") {
      tell("died", { why: "too deep a recursion" });
      return;
    }
    if (wish === "wait" || wish === "late") {
      await new Promise((resolve) => { stop = resolve; });
      if (wish === "wait") status = "stopped";
    } else if (wish.progress) {
      tell("progress", { text: JSON.stringify({ solved: wish.progress }) });
    } else {
      send(wish);
      if (wish.output_type === "error") status = "error";
    }
  }
  tell("done", { run, cell, status, seconds: 0.25 });
}

onmessage = async ({ data }) => {
  if (data.do === "run") run(data);
  if (data.do === "stop") stop?.();
  if (data.do !== "start") return;
  tell("loading", { part: "Python", done: 0.4 });
  if (!HOLD) tell("ready", { seconds: 0.1 });
};
