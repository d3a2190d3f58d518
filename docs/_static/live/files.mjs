/* Chapters to take away with the reader's edits and outputs, and back.

   A notebook is the book's own with the reader's cells in it. A file holds
   texts of cells and nothing else that this page would take from it: outputs
   of a notebook are left where they are. */
import { isWhole } from "./store.mjs";

function save(name, value) {
  const text = `${JSON.stringify(value, null, 1)}\n`;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(
    new Blob([text], { type: "application/json" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

export function saveWhole(whole) {
  save("nearfar-edits.json", whole);
}

/* `address` is that of the book's notebook. */
export async function saveNotebook(address, name, cells) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${response.status} for ${address}`);
  const notebook = await response.json();
  const byId = new Map(cells.map((cell) => [cell.id, cell]));
  for (const each of notebook.cells) {
    const cell = byId.get(each.id);
    if (!cell || each.cell_type !== "code") continue;
    if (cell.edited) {
      each.source = cell.text;
      each.metadata.nearfar = { base: cell.from };
      each.outputs = [];
      each.execution_count = null;
    }
    if (cell.mine && !cell.busy) each.outputs = cell.mine.list;
  }
  save(`${name}.ipynb`, notebook);
}

/* Let the reader choose a file; {name, value}, where value is its JSON. */
export function choose() {
  const input = document.createElement("input");
  input.type = "file";
  input.accept = ".ipynb,.json,application/json";
  return new Promise((resolve) => {
    input.addEventListener("change", async () => {
      const [file] = input.files;
      let value = null;
      try {
        value = JSON.parse(await file.text());
      } catch { /* it is not ours */ }
      resolve({ name: file.name, value });
    });
    input.click();
  });
}

/* What a file says of a book: {chapters, progress}; null, if nothing.

   A notebook speaks of one chapter: `cells` are those of the page. */
export function read(value, chapter, cells) {
  if (isWhole(value)) return value;
  if (!Array.isArray(value?.cells)) return null;
  const byId = new Map(value.cells.map((each) => [each?.id, each]));
  const edits = {};
  const base = {};
  let known = 0;
  for (const cell of cells) {
    const each = byId.get(cell.id);
    const lines = [each?.source ?? []].flat();
    const code = each?.cell_type === "code";
    if (!code || !lines.every((line) => typeof line === "string")) continue;
    known += 1;
    const source = lines.join("");
    if (source === cell.base) continue;
    edits[cell.id] = source;
    const from = each.metadata?.nearfar?.base;
    base[cell.id] = typeof from === "string" ? from : cell.base;
  }
  return known ? { chapters: { [chapter]: { edits, base } }, progress: "",
    whole: true } : null;
}
