/* A chapter that runs in the page: what each press does.

   `live.js` made the buttons. Read `press`, then what the engine tells. */
import { Bar, many } from "./bar.mjs";
import { Cell } from "./cell.mjs";
import { Edits } from "./edits.mjs";
import { Engine } from "./engine.mjs";

/* A place for a board beside another, in which an older board gives way. */
function hostOf(place, where) {
  const host = document.createElement("div");
  host.className = "nearfar-played";
  const old = place.nextElementSibling;
  if (where === "after" && old?.matches(".nearfar-played")) old.remove();
  place[where](host);
  return host;
}

/* The address of a page that opens this board, if one does: see live.js. */
function addressOf(place) {
  const cells = [...document.querySelectorAll("div.cell[data-needs]")];
  const boards = cells.filter((cell) => cell.querySelector(".nearfar-board"));
  const number = boards.indexOf(place.closest("div.cell")) + 1;
  const page = location.href.split("#")[0];
  return number > 1 ? `${page}#&board=${number}` : number ? page : "";
}

export class Chapter {
  constructor(name, root, nodes) {
    this.bar = new Bar(document.querySelector(".live-bar"));
    this.cells = nodes.flatMap((node, place) =>
      node.dataset.local ? [] : [new Cell(node, place + 1, {
        edited: (cell) => this.edits.keep(cell),
        run: (cell) => cell.busy || this.run([cell]),
      })]);
    this.byId = new Map(this.cells.map((cell) => [cell.id, cell]));
    this.edits = new Edits(name, root, this.cells, this.bar,
      () => this.forget());
    this.engine = new Engine(new URL("./", import.meta.url), name,
      () => this.edits.store.progress, this);
    document.addEventListener("nearfar-board",
      (event) => this.board(event.target).catch(() => {})); // it stays still
    this.many = 0; // cells of the last press
    this.pressed = null; // where the reader pressed Run all above
    this.status = ""; // how the last cell ended
    this.edits.restore();
  }

  /* --- What the reader presses --- */

  press(button) {
    const cell = this.cells.find(({ node }) => node.contains(button));
    const wishes = {
      run: () => (cell.busy ? this.engine.stop() : this.run([cell])),
      edit: () => cell.edit(),
      above: () => this.run(this.above(cell), cell),
      reset: () => this.edits.reset(cell),
      stored: () => cell.swap(),
      all: () => (this.engine.busy ? this.engine.stop()
        : this.run(this.cells)),
      "reset-chapter": () => this.edits.resetChapter(),
      "reset-book": () => this.edits.resetBook(),
      "save-ipynb": () => this.edits.saveNotebook(),
      "save-json": () => this.edits.saveWhole(),
      open: () => this.edits.open(),
    };
    wishes[button.dataset.live]();
  }

  above(cell) {
    return this.cells.slice(0, this.cells.indexOf(cell));
  }

  /* `pressed`: a cell that does not run itself, and says how it goes. */
  run(cells, pressed = null) {
    const idle = cells.filter((cell) => !cell.busy);
    if (!idle.length) return;
    this.pressed = pressed;
    this.many = this.engine.busy ? this.many + idle.length : idle.length;
    idle.forEach((cell) => cell.wait());
    this.engine.run(idle.map(({ id, text }) => ({ cell: id, source: text })));
    this.button();
  }

  /* Put a board in the place of its picture: Python here answers it. */
  async board(place) {
    const host = hostOf(place, "before");
    const key = place.dataset.board;
    const wanted = this.wanted?.key === key ? this.wanted : {};
    if (wanted === this.wanted) this.wanted = null;
    const address = addressOf(place);
    const board = await this.put(host, key, { address, ...wanted });
    (board.state ? place : host).remove();
    if (wanted.moves) host.scrollIntoView({ block: "nearest" });
  }

  async put(host, key, options) {
    const base = new URL("../", import.meta.url).href;
    await import(`${base}board.js`);
    const send = async (request) => {
      const told = [key, JSON.stringify(request)].map((each) =>
        JSON.stringify(each));
      return JSON.parse(await this.engine.ask(
        "print(__import__('json').dumps(__import__('nearfar.playing', "
        + `fromlist=['answer']).answer(${told})))`));
    };
    return globalThis.nearfarBoard.put(host, send, { base, ...options });
  }

  /* Begin a board with moves: those up to a step of a picture, or of a link.
     Cells that it needs run first. Returns the words of an error, or "". */
  async takeOver(place, key, moves, done) {
    const cell = this.cells.find(({ node }) => node.contains(place));
    const ids = cell?.node.dataset.needs ?? cell?.id ?? "";
    const cells = ids.split(" ").map((id) => this.byId.get(id));
    if (!cell || cells.includes(undefined))
      return "This game needs a cell that runs on your machine only.";
    const missing = cells.filter(({ ran, busy }) => !ran && !busy);
    if (missing.length) {
      this.wanted = { key, moves, done };
      this.run(missing);
      try {
        await this.engine.ask("");
      } catch {
        return "A cell that this game needs did not run to its end: see above.";
      }
      if (!this.wanted) return ""; // the cell has shown the board itself
      this.wanted = null;
    }
    const shown = place.isConnected && place.checkVisibility();
    const host = hostOf(shown ? place : cell.mine.node.lastChild, "after");
    const board = await this.put(host, key, { moves, done });
    if (board.state) return "";
    host.remove();
    return board.say.textContent;
  }

  button() {
    this.bar.all.textContent = this.engine.busy ? "Stop" : "Run all";
  }

  /* --- What the engine tells --- */

  loading(done) {
    const percent = done ? `, ${Math.round(done * 100)} %` : "";
    const words = `Python is loading${percent}`;
    this.tellState(words);
    const first = this.cells.find((cell) => cell.state === "waiting");
    if (first) first.words.textContent = words;
    if (!this.said) this.bar.say("Python is loading.");
    this.said = true;
  }

  ready() {
    this.said = false;
    this.bar.say("Python is ready.");
  }

  begin(id) {
    const cell = this.byId.get(id);
    cell.begin();
    const place = `Cell ${cell.number} is running`;
    this.tellState(this.many > 1
      ? `${place}, of ${many(this.many, "cell")}` : place);
    if (this.many === 1) this.bar.say(`${place}.`);
  }

  output(id, output) {
    this.byId.get(id).output(output);
    if (output.output_type !== "error") return;
    const words = `${output.ename}: ${output.evalue}`;
    this.error = words.length > 200 ? `${words.slice(0, 200)} \u2026` : words;
  }

  progress(text) { this.edits.store.addProgress(text); }

  done(id, status, seconds) {
    const cell = this.byId.get(id);
    cell.done(status, seconds);
    this.last = cell;
    this.status = status;
    if (status !== "error" || this.error.startsWith("SyntaxError")) return;
    const left = this.above(cell).filter((each) => !each.ran);
    if (left.length)
      cell.tell(`${many(left.length, "cell")} above`
        + ` ${left.length === 1 ? "has" : "have"} not run here.`,
        "Run them, then this one", () => this.run([...left, cell]));
  }

  dropped(ids) {
    this.many -= ids.length;
    for (const id of ids) this.byId.get(id).say("", "");
  }

  idle() {
    this.button();
    const cell = `Cell ${this.last?.number}`;
    const words = {
      ok: this.many > 1 ? `All ${this.many} cells are done` : `${cell} is done`,
      error: `${cell} failed. ${this.error}`,
      stopped: `${cell} is stopped`,
    }[this.status];
    this.tellState(words ?? (this.engine.ready ? "Python is ready" : "Stopped"));
    if (words) this.bar.say(`${words}.`);
    this.status = "";
    this.pressed = null;
  }

  /* Python is gone with all names, and a new one is loading. */
  lost(id, why) {
    const before = this.cells.filter((cell) => cell.ran && cell.id !== id);
    for (const cell of before) {
      cell.ran = false;
      cell.say("lost", "yours, from a Python that has ended");
    }
    const words = `Python was ended: ${why}. A new one starts, and knows`
      + " nothing of the cells that ran.";
    const again = `Run ${many(before.length, "cell")} again`;
    const cell = this.byId.get(id);
    cell?.done("stopped", 0);
    const place = cell ?? this.bar;
    if (before.length) place.tell(words, again, () => this.run(before));
    else place.tell(words);
    this.bar.say(words);
    this.button();
  }

  failed(why) {
    this.said = false;
    this.button();
    this.pressed?.say("", "");
    const words = `Python could not be loaded: ${why || "are you offline? If not, reload the page."}`
      + " The outputs below are recorded ones. Press Run to try again.";
    this.bar.state.textContent = words;
    this.bar.say(words);
  }

  /* Python ends, with all that it knew and all that it showed. */
  forget() {
    this.engine.stop();
    this.engine.end();
    for (const cell of this.cells) cell.forget();
    this.button();
    this.bar.state.textContent = "";
  }

  tellState(words) {
    this.bar.state.textContent = words;
    if (this.pressed && !this.pressed.busy)
      this.pressed.words.textContent = words;
  }
}
