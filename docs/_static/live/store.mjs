/* What the browser keeps: the edits of a chapter, and the reader's progress.

   Each edit stands beside the text that it was made from, so that a later
   text of the book is noticed. A write reads first and changes one cell, so
   two tabs of one chapter keep each other's edits; of one cell, the last write
   stays. What cannot be written is told, and tried again with the next edit. */
const PREFIX = "nearfar.live.";
const PROGRESS = "nearfar.progress";

function isRecord(value) {
  const texts = (map) => map && typeof map === "object"
    && Object.values(map).every((text) => typeof text === "string");
  return value !== null && typeof value === "object"
    && texts(value.edits) && texts(value.base);
}

/* A text of progress: {"solved": [numbers]}, or null. A number is a text. */
function progressIn(text) {
  try {
    const { solved } = JSON.parse(text);
    return solved.every((each) => typeof each === "string") ? solved : null;
  } catch {
    return null;
  }
}

export class Store {
  /* `onChange()`: another tab has written. `onTrouble(words)`: "" if solved. */
  constructor(chapter, { onChange, onTrouble }) {
    this.key = PREFIX + chapter;
    this.told = onTrouble;
    this.unsaved = new Map(); // cell id -> {text, base}, or null: no edit
    this.solved = new Set(); // exercises, in this tab
    this.lost = new Set(); // keys that could not be written
    this.read();
    addEventListener("storage", ({ key }) => {
      if (key !== this.key && key !== null) return;
      this.read();
      onChange();
    });
    addEventListener("pageshow", ({ persisted }) => {
      if (!persisted) return;
      this.read();
      onChange();
    });
    addEventListener("beforeunload", (event) => {
      if (this.lost.size) event.preventDefault(); // the browser asks
    });
  }

  get(id) {
    if (!(id in this.record.edits)) return null;
    return { text: this.record.edits[id], base: this.record.base[id] };
  }

  get ids() { return Object.keys(this.record.edits); }

  put(id, text, base) { this.change([[id, { text, base }]]); }

  remove(id) { this.change([[id, null]]); }

  change(edits) {
    for (const [id, edit] of edits) this.unsaved.set(id, edit);
    this.read();
    const text = this.ids.length ? JSON.stringify(this.record) : null;
    if (this.write(this.key, text)) this.unsaved.clear();
  }

  /* What is kept, with what this tab could not yet write. */
  read() {
    const text = this.load(this.key);
    let record = null;
    try {
      record = JSON.parse(text);
    } catch { /* it is put aside below */ }
    if (!isRecord(record)) {
      if (text) this.putAside(this.key, text);
      record = { edits: {}, base: {} };
    }
    for (const [id, edit] of this.unsaved) {
      delete record.edits[id];
      delete record.base[id];
      if (!edit) continue;
      record.edits[id] = edit.text;
      record.base[id] = edit.base;
    }
    this.record = record;
  }

  load(key) {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  }

  write(key, text) {
    try {
      if (text === null) localStorage.removeItem(key);
      else localStorage.setItem(key, text);
    } catch (error) {
      this.lost.add(key);
      this.told(error.name === "QuotaExceededError"
        ? "This browser's storage is full, so your last edits are not kept."
          + " Save them to a file before you leave."
        : "This browser keeps nothing for this page. Save your edits to a file"
          + " before you leave.");
      return false;
    }
    this.lost.delete(key);
    if (!this.lost.size) this.told("");
    return true;
  }

  putAside(key, text) {
    if (this.write(`${key}.unread`, text))
      this.told(`What this browser kept under ${key} could not be read. It is`
        + ` now under ${key}.unread.`);
  }

  get progress() { return this.load(PROGRESS) ?? ""; }

  /* Keep which exercises are solved, with those that another tab has kept. */
  addProgress(text) {
    const kept = this.progress;
    const before = progressIn(kept);
    if (kept && !before) this.putAside(PROGRESS, kept);
    for (const number of [...(before ?? []), ...(progressIn(text) ?? [])])
      this.solved.add(number);
    const all = [...this.solved].sort(
      (one, other) => one.localeCompare(other, "en", { numeric: true }));
    this.write(PROGRESS, JSON.stringify({ solved: all }));
  }

  /* All that is kept of the book, as {chapter: record} and progress. */
  whole() {
    const chapters = {};
    let names = [];
    try {
      names = Object.keys(localStorage);
    } catch { /* then there is this chapter alone */ }
    for (const key of names) {
      if (!key.startsWith(PREFIX) || key.endsWith(".unread")) continue;
      try {
        chapters[key.slice(PREFIX.length)] = JSON.parse(this.load(key));
      } catch { /* not ours to carry */ }
    }
    if (this.ids.length) chapters[this.key.slice(PREFIX.length)] = this.record;
    return { nearfar: 1, chapters, progress: this.progress };
  }

  /* Add what a file holds; the file's edit of a cell replaces another. */
  add({ chapters = {}, progress = "" }) {
    for (const [chapter, { edits, base }] of Object.entries(chapters)) {
      if (PREFIX + chapter === this.key) {
        this.change(Object.keys(edits).map(
          (id) => [id, { text: edits[id], base: base[id] ?? "" }]));
        continue;
      }
      let kept = null;
      try {
        kept = JSON.parse(this.load(PREFIX + chapter));
      } catch { /* replaced */ }
      if (!isRecord(kept)) kept = { edits: {}, base: {} };
      Object.assign(kept.edits, edits);
      Object.assign(kept.base, base);
      this.write(PREFIX + chapter, JSON.stringify(kept));
    }
    if (progress) this.addProgress(progress);
  }

  /* Forget the whole book. */
  forget() {
    for (const chapter of Object.keys(this.whole().chapters))
      this.write(PREFIX + chapter, null);
    this.write(PROGRESS, null);
    this.solved.clear();
    this.change(this.ids.map((id) => [id, null]));
  }
}

/* Whether a value is what `Store.whole` makes of a book. */
export function isWhole(value) {
  return value?.nearfar === 1 && typeof value.progress === "string"
    && value.chapters !== null && typeof value.chapters === "object"
    && Object.entries(value.chapters).every(
      ([name, record]) => /^\d\d_\w+$/.test(name) && isRecord(record));
}
