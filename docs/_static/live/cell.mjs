/* One cell of the page: its row of buttons, its editor, its two outputs.

   The stored code and output stay in the page, hidden where the reader has
   others: paper shows them, and so does a press. */
import { tell } from "./bar.mjs";
import { Editor } from "./editor.mjs";
import { Outputs } from "./outputs.mjs";

function make(name, className, ...children) {
  const element = document.createElement(name);
  element.className = className;
  element.append(...children);
  return element;
}

export class Cell {
  /* `told` has edited(cell), run(cell). */
  constructor(node, number, told) {
    Object.assign(this, { node, number, told, id: node.dataset.cell });
    this.name = `cell ${number}`;
    this.input = node.querySelector(".cell_input");
    this.source = this.input.firstElementChild;
    this.base = this.source.querySelector("pre").textContent
      .replace(/\n$/, "");
    this.row = node.querySelector(".live-row");
    this.words = this.row.querySelector(".live-state");
    this.note = this.row.querySelector(".live-note");
    this.stored = [...node.children].slice(
      [...node.children].indexOf(this.row) + 1);
    this.stored.forEach((each) => each.classList.add("live-stored"));
    this.ran = false; // whether this Python has run it
    this.state = "";
  }

  button(wish) { return this.row.querySelector(`[data-live="${wish}"]`); }

  get text() { return this.editor?.text ?? this.base; }

  get edited() { return this.text !== this.base; }

  get busy() { return this.state === "waiting" || this.state === "running"; }

  /* --- The code --- */

  edit() {
    this.open(this.text);
    this.editor.area.focus();
  }

  /* Show the editor with a text; make it first, if there is none. */
  open(text) {
    if (!this.editor) {
      this.editor = new Editor(`Code of ${this.name}`, {
        onChange: () => this.changed(),
        onRun: () => this.told.run(this),
        onLeave: () => this.button("run").focus(),
      });
      this.editor.text = text;
      this.editor.colour();
      this.source.classList.add("live-source");
      this.input.append(this.editor.node);
      this.source.hidden = true;
    }
    this.editor.text = text;
    this.show();
  }

  changed() {
    this.from ??= this.base;
    this.told.edited(this);
    this.show();
  }

  /* Take what the store keeps of this cell: {text, base}, or null. */
  take(edit) {
    this.from = edit?.base ?? null;
    if (edit) this.open(edit.text);
    else if (this.edited) this.close();
    this.old();
    this.show();
  }

  close() {
    this.editor.node.remove();
    this.editor = null;
    this.source.hidden = false;
  }

  /* Say that the book's text is newer than the one that was edited. */
  old() {
    this.input.querySelector(".live-old")?.remove();
    if (this.from === null || this.from === this.base) return;
    const see = make("button", "", "Show the new text");
    const keep = make("button", "", "Keep yours");
    see.type = keep.type = "button";
    see.setAttribute("aria-expanded", "false");
    see.addEventListener("click", () => {
      this.source.hidden = !this.source.hidden;
      see.setAttribute("aria-expanded", !this.source.hidden);
      see.textContent = `${this.source.hidden ? "Show" : "Hide"} the new text`;
    });
    keep.addEventListener("click", () => {
      this.from = this.base;
      this.source.hidden = true;
      this.old();
      this.told.edited(this);
      this.editor.area.focus();
    });
    this.input.prepend(make("p", "live-old",
      "You edited an older text of this cell. ", see, " ", keep));
  }

  /* --- The outputs --- */

  outputs() {
    if (!this.mine) {
      const alts = this.stored.flatMap(
        (each) => [...each.querySelectorAll("img")].map((image) => image.alt));
      const node = make("div", "cell_output live-mine docutils container");
      this.row.after(node);
      this.mine = new Outputs(node, alts);
    }
    return this.mine;
  }

  wait() {
    this.say("waiting", "waiting");
    this.tell("");
  }

  begin() {
    this.fresh = true; // what stands there gives way to the first output
    this.node.setAttribute("aria-busy", "true");
    this.say("running", "running");
  }

  output(output) {
    if (this.fresh) this.renew();
    this.mine.add(output);
  }

  renew() {
    this.fresh = false;
    this.outputs().clear();
    this.look("mine");
  }

  done(status, seconds) {
    if (this.fresh && status !== "stopped") this.renew();
    this.fresh = false;
    this.ran = status === "ok";
    this.node.removeAttribute("aria-busy");
    this.mine?.reach();
    if (status !== "stopped" && this.stored.length && !this.mine.list.length)
      this.mine.node.replaceChildren(
        make("p", "live-nothing", "It printed nothing."));
    const took = `${seconds.toFixed(seconds < 1 ? 2 : 1)} s`;
    const words = { error: `yours, an error after ${took}`,
      stopped: "stopped",
      ok: `${this.mine?.node.childElementCount ? "yours" : "done"}, ${took}`,
    };
    this.say(status, words[status]);
  }

  /* Show the reader's output, or the stored one. */
  look(which) {
    this.view = which;
    const stored = which === "stored";
    if (this.mine) this.mine.node.hidden = stored;
    for (const each of this.stored) each.hidden = !stored;
    this.show();
  }

  swap() {
    this.look(this.view === "stored" ? "mine" : "stored");
    if (this.view === "stored") this.predict(true);
    this.button("stored").focus();
  }

  /* Open or close what predict.js put behind a button. */
  predict(open) {
    const button = this.stored.find((each) => each.matches("button.predict"));
    if (button && button.getAttribute("aria-expanded") !== String(open))
      button.click();
  }

  forget() {
    this.ran = false;
    this.mine?.node.remove();
    this.mine = null;
    this.fresh = false;
    this.node.removeAttribute("aria-busy");
    this.predict(false);
    this.look("stored");
    this.say("", "");
    this.tell("");
  }

  /* --- The row --- */

  say(state, words) {
    this.state = state;
    this.words.textContent = words;
    this.show();
  }

  /* A line below the row, and what a press on its button does. */
  tell(...line) { tell(this.note, this.button("run"), ...line); }

  show() {
    this.node.dataset.state = this.state;
    this.node.classList.toggle("live-edited", this.edited);
    const run = this.button("run");
    const label = this.busy ? "Stop" : "Run";
    run.textContent = label;
    run.setAttribute("aria-label", `${label} ${this.name}`);
    this.button("edit").hidden = Boolean(this.editor);
    this.button("reset").hidden = this.busy || !(this.edited || this.mine);
    const stored = this.button("stored");
    stored.hidden = !(this.mine && this.stored.length);
    stored.textContent = this.view === "stored" ? "Show yours"
      : "Show the stored output";
    stored.setAttribute("aria-label", `${stored.textContent}, ${this.name}`);
    if (!this.state) this.words.textContent = this.edited ? "edited" : "";
  }
}
