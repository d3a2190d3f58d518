/* The reader's texts of a chapter: kept, reset, saved and opened. */
import { many } from "./bar.mjs";
import { choose, read, saveNotebook, saveWhole } from "./files.mjs";
import { Store } from "./store.mjs";

export class Edits {
  /* `forget()` ends Python and clears what the cells show. */
  constructor(name, root, cells, bar, forget) {
    Object.assign(this, { name, root, cells, bar, forget });
    this.ids = new Set(cells.map(({ id }) => id));
    this.store = new Store(name, {
      onChange: () => this.restore(),
      onTrouble: (words) => bar.trouble(words),
    });
  }

  keep(cell) {
    if (cell.edited) this.store.put(cell.id, cell.text, cell.from);
    else this.store.remove(cell.id);
  }

  restore() {
    for (const cell of this.cells) cell.take(this.store.get(cell.id));
    const gone = this.store.ids.filter((id) => !this.ids.has(id)).length;
    if (gone)
      this.bar.tell(`This chapter no longer has ${many(gone, "cell")} that you`
        + " edited. The saved .json file has your text.");
  }

  reset(cell) {
    const kept = this.store.get(cell.id);
    this.store.remove(cell.id);
    cell.take(null);
    cell.forget();
    cell.button("run").focus();
    this.bar.say(`Cell ${cell.number} is as the book has it.`);
    if (kept)
      cell.tell("Your text is gone.", "Undo", () => {
        this.store.put(cell.id, kept.text, kept.base);
        cell.take(kept);
      });
  }

  resetChapter() {
    this.resetAll(
      () => this.store.change(this.store.ids.map((id) => [id, null])),
      "This chapter is as the book has it.");
  }

  resetBook() {
    this.resetAll(() => this.store.forget(),
      "All chapters are as the book has them, and no exercise is solved.");
  }

  resetAll(change, words) {
    const before = this.store.whole();
    change();
    this.forget();
    this.restore();
    this.undoable(words, before);
  }

  undoable(words, before) {
    this.bar.tell(words, "Undo", () => {
      this.store.forget();
      this.store.add(before);
      this.restore();
    });
    this.bar.say(words);
  }

  saveWhole() { saveWhole(this.store.whole()); }

  async saveNotebook() {
    const address = new URL(`notebooks/${this.name}.ipynb`, this.root);
    try {
      await saveNotebook(address, this.name, this.cells);
    } catch {
      this.bar.tell("The notebook could not be fetched. Are you offline?"
        + " The .json file can be saved without a network.");
    }
  }

  async open() {
    const { name, value } = await choose();
    const found = read(value, this.name, this.cells);
    if (!found) {
      this.bar.tell(`${name} has no cells of this chapter, and no saved edits.`);
      return;
    }
    const before = this.store.whole();
    if (found.whole) // a notebook says all about this chapter
      this.store.change(this.store.ids.filter((id) => this.ids.has(id))
        .map((id) => [id, null]));
    this.store.add(found);
    this.restore();
    const edits = this.store.ids.length;
    this.undoable(`${name} is open: ${many(edits, "edited cell")} here.`,
      before);
  }
}
