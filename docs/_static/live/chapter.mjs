/* A chapter that runs in the page: what each press does.

   `live.js` made the buttons. Read `press`, then what the engine tells. */
import { Cell } from "./cell.mjs";
import { Engine } from "./engine.mjs";
import { choose, read, saveNotebook, saveWhole } from "./files.mjs";
import { Store } from "./store.mjs";

const many = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;

export class Chapter {
  constructor(name, root, nodes) {
    Object.assign(this, { name, root });
    this.bar = document.querySelector(".live-bar");
    this.state = this.bar.querySelector(".live-state");
    this.told = this.bar.querySelector(".live-told");
    this.note = this.bar.querySelector(".live-note");
    this.cells = nodes.flatMap((node, place) =>
      node.dataset.local ? [] : [new Cell(node, place + 1, {
        edited: (cell) => this.keep(cell),
        run: (cell) => cell.busy || this.run([cell]),
      })]);
    this.local = nodes.length - this.cells.length;
    this.byId = new Map(this.cells.map((cell) => [cell.id, cell]));
    this.store = new Store(name, {
      onChange: () => this.restore(),
      onTrouble: (words) => this.trouble(words),
    });
    this.engine = new Engine(new URL("./", import.meta.url), name,
      () => this.store.progress, this);
    document.addEventListener("nearfar-board",
      (event) => this.board(event.target).catch(() => {})); // it stays still
    this.many = 0; // cells of the last press
    this.pressed = null; // where the reader pressed Run all above
    this.status = ""; // how the last cell ended
    this.restore();
  }

  /* --- What the reader presses --- */

  press(button) {
    const cell = this.cells.find(({ node }) => node.contains(button));
    const wishes = {
      run: () => (cell.busy ? this.engine.stop() : this.run([cell])),
      edit: () => cell.edit(),
      above: () => this.run(this.above(cell), cell),
      reset: () => this.reset(cell),
      stored: () => cell.swap(),
      all: () => (this.engine.busy ? this.engine.stop()
        : this.run(this.cells)),
      "reset-chapter": () => this.resetAll(
        () => this.store.change(this.store.ids.map((id) => [id, null])),
        "This chapter is as the book has it."),
      "reset-book": () => this.resetAll(() => this.store.forget(),
        "All chapters are as the book has them, and no exercise is solved."),
      "save-ipynb": () => this.save(),
      "save-json": () => saveWhole(this.store.whole()),
      open: () => this.openFile(),
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
    const folder = new URL("../", import.meta.url);
    await import(new URL("board.js", folder));
    const host = document.createElement("div");
    host.className = "nearfar-played";
    const send = async (request) => {
      const call = `answer(${Number(place.dataset.board)}, `
        + `${JSON.stringify(JSON.stringify(request))})`;
      return JSON.parse(await this.engine.ask(
        "print(__import__('json').dumps(__import__('nearfar.playing', "
        + `fromlist=['answer']).${call}))`));
    };
    place.before(host);
    const board = await globalThis.nearfarBoard.put(host, send, folder.href);
    (board.state ? place : host).remove();
  }

  button() {
    this.bar.querySelector("[data-live=all]").textContent =
      this.engine.busy ? "Stop" : "Run all";
  }

  /* --- What the engine tells --- */

  loading(done) {
    const percent = done ? `, ${Math.round(done * 100)} %` : "";
    const words = `Python is loading${percent}`;
    this.tellState(words);
    const first = this.cells.find((cell) => cell.state === "waiting");
    if (first) first.words.textContent = words;
    if (!this.said) this.say("Python is loading.");
    this.said = true;
  }

  ready() {
    this.said = false;
    this.say("Python is ready.");
  }

  begin(id) {
    const cell = this.byId.get(id);
    cell.begin();
    const place = `Cell ${cell.number} is running`;
    this.tellState(this.many > 1
      ? `${place}, of ${many(this.many, "cell")}` : place);
    if (this.many === 1) this.say(`${place}.`);
  }

  output(id, output) {
    this.byId.get(id).output(output);
    if (output.output_type !== "error") return;
    const words = `${output.ename}: ${output.evalue}`;
    this.error = words.length > 200 ? `${words.slice(0, 200)} \u2026` : words;
  }

  progress(text) { this.store.addProgress(text); }

  done(id, status, seconds) {
    const cell = this.byId.get(id);
    cell.done(status, seconds);
    this.last = cell;
    this.status = status;
    if (status !== "error") return;
    const left = this.above(cell).filter((each) => !each.ran);
    if (left.length)
      cell.tell(`${many(left.length, "cell")} above`
        + ` ${left.length === 1 ? "has" : "have"} not run here.`,
        "Run them, then this one", () => this.run([...left, cell]));
  }

  dropped(ids) {
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
    if (words) this.say(`${words}.`);
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
    const place = cell ?? this;
    if (before.length) place.tell(words, again, () => this.run(before));
    else place.tell(words);
    this.say(words);
    this.button();
  }

  failed(why) {
    this.said = false;
    this.button();
    this.pressed?.say("", "");
    const words = `Python could not be loaded: ${why || "are you offline? If not, reload the page."}`
      + " The outputs below are recorded ones. Press Run to try again.";
    this.state.textContent = words;
    this.say(words);
  }

  /* --- Edits, files --- */

  keep(cell) {
    if (cell.edited) this.store.put(cell.id, cell.text, cell.from);
    else this.store.remove(cell.id);
  }

  restore() {
    for (const cell of this.cells) cell.take(this.store.get(cell.id));
    const gone = this.store.ids.filter((id) => !this.byId.has(id)).length;
    if (gone)
      this.tell(`This chapter no longer has ${many(gone, "cell")} that you`
        + " edited. The saved .json file has your text.");
  }

  reset(cell) {
    const kept = this.store.get(cell.id);
    this.store.remove(cell.id);
    cell.take(null);
    cell.forget();
    cell.button("run").focus();
    this.say(`Cell ${cell.number} is as the book has it.`);
    if (kept)
      cell.tell("Your text is gone.", "Undo", () => {
        this.store.put(cell.id, kept.text, kept.base);
        cell.take(kept);
      });
  }

  resetAll(change, words) {
    const before = this.store.whole();
    this.engine.stop();
    this.engine.end();
    change();
    for (const cell of this.cells) cell.forget();
    this.restore();
    this.button();
    this.state.textContent = "";
    this.undoable(words, before);
  }

  undoable(words, before) {
    this.tell(words, "Undo", () => {
      this.store.forget();
      this.store.add(before);
      this.restore();
    });
    this.say(words);
  }

  async save() {
    const address = new URL(`notebooks/${this.name}.ipynb`, this.root);
    try {
      await saveNotebook(address, this.name, this.cells);
    } catch {
      this.tell("The notebook could not be fetched. Are you offline?"
        + " The .json file can be saved without a network.");
    }
  }

  async openFile() {
    const { name, value } = await choose();
    const found = read(value, this.name, this.cells);
    if (!found) {
      this.tell(`${name} has no cells of this chapter, and no saved edits.`);
      return;
    }
    const before = this.store.whole();
    if (found.whole) // a notebook says all about this chapter
      this.store.change(this.store.ids.filter((id) => this.byId.has(id))
        .map((id) => [id, null]));
    this.store.add(found);
    this.restore();
    const edits = this.store.ids.length;
    this.undoable(`${name} is open: ${many(edits, "edited cell")} here.`,
      before);
  }

  /* --- Words --- */

  tellState(words) {
    this.state.textContent = words;
    if (this.pressed && !this.pressed.busy)
      this.pressed.words.textContent = words;
  }

  say(words) {
    // The same words again are news, too.
    this.told.textContent = words === this.told.textContent
      ? `${words}\u00a0` : words;
  }

  tell(words, label, action) {
    this.note.hidden = !words;
    this.note.replaceChildren(words);
    if (!label) return;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    button.addEventListener("click", () => {
      this.tell("");
      this.bar.querySelector("button").focus();
      action();
    });
    this.note.append(" ", button);
  }

  trouble(words) {
    const told = this.bar.querySelector(".live-trouble");
    if (words === told.textContent) return;
    told.hidden = !words;
    told.textContent = words;
    if (words) this.say(words);
  }
}
