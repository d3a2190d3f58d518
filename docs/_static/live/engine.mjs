/* The page's side of the worker: it runs cells one after another, and can be
   stopped.

   The queue stands here, and the worker has one cell at a time. A worker that
   does not answer Stop in time is ended; a new one knows none of the names
   that the cells made, and the chapter is told so (`lost`). docs/_live has the
   worker, and the list of messages. */
const PATIENCE_MS = 1000; // that a cell has to answer Stop

export class Engine {
  /* `told` is called as told[what](...): see chapter.mjs. */
  constructor(base, chapter, progress, told) {
    Object.assign(this, { base, chapter, progress, told });
    this.worker = null;
    this.ready = false;
    this.queue = []; // [{cell, source}]
    this.running = null; // {cell, source, run}
    this.runs = 0;
  }

  get busy() { return Boolean(this.running || this.queue.length); }

  /* Run cells after those that wait. */
  run(jobs) {
    this.queue.push(...jobs);
    if (!this.worker) this.start();
    else this.next();
  }

  /* Run a program for the page itself, and return what it prints. */
  ask(source) {
    return new Promise((resolve, reject) =>
      this.run([{ cell: null, source, asked: { resolve, reject, text: "" } }]));
  }

  start() {
    this.ready = false;
    this.worker = new Worker(new URL("worker.mjs", this.base),
      { type: "module" });
    const worker = this.worker;
    worker.onmessage = ({ data }) => {
      if (worker === this.worker) this.hear(data);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      if (worker === this.worker) this.die(event.message ?? "");
    };
    worker.postMessage({ do: "start", chapter: this.chapter,
      base: this.base.href, progress: this.progress() });
    this.told.loading(0);
  }

  next() {
    if (!this.ready || this.running) return;
    const job = this.queue.shift();
    if (!job) {
      this.told.idle();
      return;
    }
    this.running = { ...job, run: ++this.runs };
    const { cell, source, run } = this.running;
    this.worker.postMessage({ do: "run", run, cell, source });
  }

  hear(message) {
    const { is, run, cell } = message;
    if (run !== undefined && run !== this.running?.run) return;
    const asked = this.running?.asked;
    if (asked && is === "begin") return;
    if (asked && is === "output") {
      asked.text += message.output.text ?? "";
      return;
    }
    if (is === "loading") this.told.loading(message.done);
    else if (is === "ready") {
      this.ready = true;
      this.told.ready();
      this.next();
    } else if (is === "begin") this.told.begin(cell);
    else if (is === "output") this.told.output(cell, message.output);
    else if (is === "progress") this.told.progress(message.text);
    else if (is === "done") this.finish(message);
    else if (is === "died") this.die(message.why);
  }

  finish({ cell, status, seconds }) {
    clearTimeout(this.timer);
    const { asked } = this.running;
    this.running = null;
    this.stopping = false;
    if (asked && status === "ok") asked.resolve(asked.text);
    else if (asked) asked.reject(new Error("Python was stopped"));
    else this.told.done(cell, status, seconds);
    if (status !== "ok") this.drop();
    this.next();
  }

  /* Forget the cells that wait. */
  drop() {
    const dropped = this.queue.splice(0);
    for (const { asked } of dropped)
      asked?.reject(new Error("Python was stopped"));
    const cells = dropped.filter(({ asked }) => !asked);
    if (cells.length) this.told.dropped(cells.map(({ cell }) => cell));
  }

  stop() {
    this.drop();
    if (!this.ready) {
      this.end();
      this.told.idle();
    } else if (this.running && !this.stopping) {
      this.stopping = true;
      this.worker.postMessage({ do: "stop" });
      this.wait(this.running, Date.now());
    }
  }

  /* A computer that slept was away, and so was the worker: ask it once more. */
  wait(asked, since) {
    this.timer = setTimeout(() => {
      if (this.running !== asked) return;
      if (Date.now() - since > 2 * PATIENCE_MS) this.wait(asked, Date.now());
      else this.lose("it did not answer Stop");
    }, PATIENCE_MS);
  }

  end() {
    clearTimeout(this.timer);
    this.running?.asked?.reject(new Error("Python has ended: run the cell"));
    this.worker?.terminate();
    this.worker = this.running = null;
    this.ready = this.stopping = false;
  }

  /* End the worker, which takes all names with it, and begin a new one. */
  lose(why) {
    const cell = this.running?.cell ?? null;
    this.end();
    this.drop();
    this.told.lost(cell, why);
    this.start();
  }

  /* The worker has ended by itself. */
  die(why) {
    if (this.ready) {
      this.lose(why);
      return;
    }
    this.end();
    this.drop();
    this.told.failed(why);
  }
}
