/* The outputs of one cell, as they come, drawn as the site draws stored ones.

   `list` holds them as nbformat has them, for a saved notebook. */
import { coloured, plain } from "./colours.mjs";

const PICTURES = ["image/svg+xml", "image/png", "image/jpeg"];
const join = (text) => (Array.isArray(text) ? text.join("") : String(text));

function make(name, className, ...children) {
  const element = document.createElement(name);
  element.className = className;
  element.append(...children);
  return element;
}

function block(kind, ...content) {
  return make("div", `${kind} notranslate`,
    make("div", "highlight", make("pre", "", ...content)));
}

export class Outputs {
  constructor(node, alts) {
    this.node = node;
    this.alts = alts; // of the stored pictures, which these replace
    this.clear();
  }

  clear() {
    this.list = [];
    this.shown = []; // the node of each output
    this.due = false; // to be cleared when the next output comes
    this.pictures = 0;
    this.node.replaceChildren();
  }

  add(output) {
    const { output_type: type, transient, ...kept } = output;
    if (type === "clear_output") {
      if (output.wait) this.due = true;
      else this.clear();
      return;
    }
    if (this.due) this.clear();
    if (type === "update_display_data") this.update(transient, kept);
    else if (type === "stream") this.print(output.name, join(output.text));
    else this.append({ output_type: type, ...kept }, transient);
  }

  append(output, transient) {
    const node = this.draw(output);
    node.dataset.display = transient?.display_id ?? "";
    this.list.push(output);
    this.shown.push(node);
    this.node.append(node);
    this.finish(node);
  }

  /* Join what is printed to what was printed just before. */
  print(name, text) {
    const last = this.list.at(-1);
    if (last?.output_type !== "stream" || last.name !== name) {
      this.append({ output_type: "stream", name, text });
      return;
    }
    last.text += text;
    const pre = this.shown.at(-1).querySelector("pre");
    if (/[\x1b\r]/.test(last.text)) pre.textContent = plain(last.text);
    else pre.append(text);
  }

  update(transient, { data, metadata }) {
    this.shown.forEach((old, place) => {
      if (old.dataset.display !== transient?.display_id) return;
      Object.assign(this.list[place], { data, metadata });
      const node = this.draw(this.list[place]);
      node.dataset.display = transient.display_id;
      old.replaceWith(node);
      this.shown[place] = node;
      this.finish(node);
    });
  }

  draw(output) {
    if (output.output_type === "stream") {
      const kind = output.name === "stderr" ? "stderr" : "stream";
      return block(`output ${kind} highlight-myst-ansi`, plain(output.text));
    }
    if (output.output_type === "error")
      return block("output traceback highlight-ipythontb",
        ...this.traceback(output));
    return this.picture(output.data) ?? this.rich(output.data);
  }

  traceback({ ename, evalue, traceback }) {
    const text = plain(join(traceback.join("\n"))) || `${ename}: ${evalue}`;
    const name = `^(?:[\\w.]{1,99}\\.)?${RegExp.escape(ename)}`;
    const found = [...text.matchAll(new RegExp(name, "gm"))].at(-1);
    if (!found) return [text];
    const end = found.index + found[0].length;
    return [text.slice(0, found.index), make("span", "gr", found[0]),
      text.slice(end)];
  }

  picture(data) {
    const kind = PICTURES.find((each) => each in data);
    if (!kind || "text/html" in data) return null;
    const image = make("img", "");
    const text = join(data[kind]);
    image.src = kind === "image/svg+xml"
      ? `data:${kind},${encodeURIComponent(text)}`
      : `data:${kind};base64,${text.replaceAll("\n", "")}`;
    image.alt = this.alts[this.pictures++] ?? "A picture that this cell drew";
    return make("div", "output text_html", image);
  }

  rich(data) {
    if ("text/html" in data) {
      const node = make("div", "output text_html");
      node.innerHTML = join(data["text/html"]); // of the reader's own program
      return node;
    }
    if ("text/markdown" in data)
      return make("div", "output text_markdown",
        ...markdown(join(data["text/markdown"])));
    return block("output text_plain highlight-myst-ansi",
      plain(join(data["text/plain"] ?? "")));
  }

  /* A picture gets its step player, or else its box to scroll in. */
  finish(node) {
    for (const board of node.querySelectorAll(".nearfar-board"))
      board.dispatchEvent(new CustomEvent("nearfar-board", { bubbles: true }));
    for (const image of node.querySelectorAll("img")) {
      if (image.closest(".nearfar-board")) continue;
      nearfar.frame(image);
      if (image.src.startsWith("data:image/svg"))
        nearfar.play(image).catch(() => {}); // it stays as it is
    }
    this.reach(node);
  }

  /* What scrolls must be within reach of the keyboard. */
  reach(node = this.node) {
    for (const pre of node.querySelectorAll("pre")) {
      const wide = pre.scrollWidth > pre.clientWidth + 1
        || pre.scrollHeight > pre.clientHeight + 1;
      if (wide) pre.tabIndex = 0;
      else pre.removeAttribute("tabindex");
    }
  }
}

/* As much of Markdown as cells show: programs, paragraphs, lists, marks. */
function markdown(text) {
  const parts = text.split(/^```(\w*)\n([^]*?)^```[ \t]*$/m);
  const nodes = [];
  for (let at = 0; at < parts.length; at += 3) {
    for (const each of parts[at].split(/\n\s*\n/))
      if (each.trim()) nodes.push(paragraph(each.trim()));
    if (at + 2 < parts.length)
      nodes.push(block("highlight-python",
        parts[at + 1] === "python" ? coloured(parts[at + 2]) : parts[at + 2]));
  }
  return nodes;
}

function paragraph(text) {
  const heading = /^(#{1,6}) (.*)$/.exec(text);
  if (heading) return make("p", "live-heading", ...marked(heading[2]));
  const items = text.split(/^[-*] /m);
  if (items.length > 1 && !items[0])
    return make("ul", "", ...items.slice(1).map(
      (item) => make("li", "", ...marked(item.trim()))));
  return make("p", "", ...marked(text));
}

function marked(text) {
  const kinds = { "`": "code", "**": "strong", "*": "em" };
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*|\*[^*]+\*)/).map((part, at) => {
    if (at % 2 === 0) return part;
    const sign = part.startsWith("**") ? "**" : part[0];
    return make(kinds[sign], "", part.slice(sign.length, -sign.length));
  });
}
