/* The editor of one cell: a textarea over a coloured copy of its text.

   The copy makes the room and shows the colours; the textarea has the caret,
   the keyboard and the screen reader. CodeMirror 6 would do the same in 120 kB
   more. Undo works, since every change is made as if it was typed. */
import { coloured } from "./colours.mjs";

const STEP = "    ";
const LARGE = 50_000; // letters that take too long to colour at each key

export class Editor {
  /* `onChange(text)`, `onRun()` and `onLeave()` tell what the reader does. */
  constructor(name, told) {
    this.told = told;
    this.copy = document.createElement("pre");
    this.copy.setAttribute("aria-hidden", "true");
    this.area = document.createElement("textarea");
    for (const [key, value] of Object.entries({ "aria-label": name,
      spellcheck: "false", autocapitalize: "off", autocomplete: "off",
      autocorrect: "off", wrap: "off" }))
      this.area.setAttribute(key, value);
    const sheet = document.createElement("div");
    sheet.className = "live-sheet";
    sheet.append(this.copy, this.area);
    this.hint = document.createElement("p");
    this.hint.className = "live-hint";
    this.hint.id = `hint-${name.replaceAll(" ", "-")}`;
    this.hint.textContent =
      "Shift+Enter runs the cell. Tab indents; Escape leaves the editor.";
    this.area.setAttribute("aria-describedby", this.hint.id);
    this.node = document.createElement("div");
    this.node.className = "live-editor highlight";
    this.node.append(sheet, this.hint);
    this.area.addEventListener("input", () => {
      this.colour();
      this.told.onChange(this.text);
    });
    this.area.addEventListener("keydown", (event) => this.press(event));
  }

  get text() { return this.area.value; }

  set text(text) {
    if (text === this.text) return;
    this.area.value = text;
    this.colour();
  }

  colour() {
    const large = this.text.length > LARGE;
    // An empty last line has no height of its own.
    this.copy.replaceChildren(large ? this.text : coloured(this.text), "\n");
  }

  press(event) {
    if (event.isComposing || event.altKey) return;
    const command = event.ctrlKey || event.metaKey;
    const wish = {
      Enter: () => (command || event.shiftKey ? this.told.onRun()
        : this.breakLine()),
      Tab: () => !command && this.indent(event.shiftKey),
      Escape: () => this.told.onLeave(),
      Backspace: () => !command && this.unindent(),
      "/": () => command && this.comment(),
    }[event.key];
    if (wish && wish() !== false) event.preventDefault();
  }

  /* Put a text in place of what stands from `start` to `end`. */
  type(text, start, end) {
    this.area.setSelectionRange(start, end);
    const kind = text ? "insertText" : "delete";
    if (start === end && !text) return;
    if (!document.execCommand(kind, false, text))
      this.area.setRangeText(text, start, end, "end");
  }

  breakLine() {
    const { selectionStart: start, selectionEnd: end } = this.area;
    const line = this.text.slice(this.lineAt(start), start);
    const deeper = /:\s*(#.*)?$/.test(line) ? STEP : "";
    this.type(`\n${/^[ \t]*/.exec(line)[0]}${deeper}`, start, end);
  }

  unindent() {
    const { selectionStart: start, selectionEnd: end } = this.area;
    const line = this.text.slice(this.lineAt(start), start);
    if (start !== end || !line || line.trim()) return false;
    const many = (line.length - 1) % STEP.length + 1;
    this.type("", start - many, start);
    return true;
  }

  indent(back) {
    const { selectionStart: start, selectionEnd: end } = this.area;
    if (!back && start === end) {
      const many = STEP.length - (start - this.lineAt(start)) % STEP.length;
      this.type(" ".repeat(many), start, end);
      return;
    }
    this.change((line) => (back ? line.replace(/^ {1,4}|^\t/, "")
      : line && STEP + line));
  }

  comment() {
    const lines = this.linesAt().text.split("\n").filter((line) => line.trim());
    const out = lines.every((line) => /^\s*#/.test(line));
    this.change((line) => (out ? line.replace(/^(\s*)# ?/, "$1")
      : line.replace(/^(\s*)(?=\S)/, "$1# ")));
  }

  /* Change each of the selected lines, and leave them selected. */
  change(how) {
    const { start, end, text } = this.linesAt();
    const caret = this.area.selectionStart === this.area.selectionEnd;
    const fromEnd = end - this.area.selectionEnd;
    const changed = text.split("\n").map(how).join("\n");
    if (changed === text) return;
    this.type(changed, start, end);
    const last = start + changed.length;
    const place = Math.max(start, last - fromEnd);
    this.area.setSelectionRange(caret ? place : start, caret ? place : last);
  }

  lineAt(place) { return this.text.lastIndexOf("\n", place - 1) + 1; }

  linesAt() {
    const { selectionStart, selectionEnd } = this.area;
    const start = this.lineAt(selectionStart);
    const found = this.text.indexOf("\n", selectionEnd);
    const end = found < 0 ? this.text.length : found;
    return { start, end, text: this.text.slice(start, end) };
  }
}
