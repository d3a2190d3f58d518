/* Run buttons: a chapter's cells run in the page, in the reader's browser.

   This script makes the buttons. What they do is in the folder live, and is
   loaded at the first press, or at once where the reader has edited a cell.
   Cells and that folder have their names from docs/_ext/live.py; a site without
   them, or a browser that cannot run them, keeps the page as it is. */
(() => {
  "use strict";
  const nodes = [...document.querySelectorAll("div.cell[data-cell]")];
  const boards = [...document.querySelectorAll("div.cell .nearfar-board")];
  const here = new URL(document.currentScript.src);
  const root = new URL(document.documentElement.dataset.content_root,
    location.href);
  const chapter = location.pathname.split("/").pop().replace(/\.html$/, "");

  function make(name, attributes = {}, ...children) {
    const element = document.createElement(name);
    for (const key in attributes) element.setAttribute(key, attributes[key]);
    element.append(...children);
    return element;
  }

  function button(wish, label, name) {
    return make("button", { type: "button", "data-live": wish,
      ...(name && { "aria-label": `${label} ${name}` }) }, label);
  }

  /* Why this browser cannot run a cell; "" if it can. */
  function missing() {
    if (location.protocol === "file:")
      return "This page was opened as a file, so its cells don't run here."
        + " Serve the folder, for example with python -m http.server.";
    if (!("Suspending" in WebAssembly && globalThis.Worker))
      return "Cells run here in a newer browser: Chrome or Edge 137,"
        + " Firefox 153, Safari 27. The outputs below are recorded ones.";
    return "";
  }

  function bar() {
    const wishes = [
      ["reset-chapter", "Reset this chapter"],
      ["reset-book", "Reset the whole book"],
      ["save-ipynb", "Save as .ipynb"],
      ["save-json", "Save all edits as .json"],
      ["open", "Open a saved file"],
    ];
    return make("div", { class: "live-bar", role: "group",
      "aria-label": "Run this chapter" },
      button("all", "Run all"),
      make("details", { class: "live-more" },
        make("summary", {}, "Reset, save, open"),
        make("div", {}, ...wishes.map((each) => button(...each)))),
      make("a", { href: new URL("docs/pretended.html", root) },
        "What is pretended here"),
      make("span", { class: "live-state" },
        "The first press loads Python, 7\u00a0MB."),
      make("p", { class: "live-trouble", hidden: "" }),
      make("p", { class: "live-note", hidden: "" }),
      make("p", { class: "live-told", role: "status" }));
  }

  function row(node, number) {
    const cell = `cell ${number}`;
    if (node.dataset.local)
      return make("div", { class: "live-row" },
        make("span", { class: "live-state" }, `${node.dataset.local} `),
        make("a", { href: new URL("index.html#Run-it-on-your-machine", root) },
          "Run it on your machine"));
    const reset = button("reset", "Reset", cell);
    const stored = button("stored", "Show the stored output");
    reset.hidden = stored.hidden = true;
    return make("div", { class: "live-row" },
      button("run", "Run", cell), button("edit", "Edit", cell),
      ...(number > 1 ? [button("above", "Run all above", cell)] : []), reset,
      make("span", { class: "live-state" }), stored,
      make("p", { class: "live-note", hidden: "" }));
  }

  /* A link that ends in #play=... holds a game for a board of this page. It is
     read here, and runs nothing before a press. */
  async function openLink() {
    document.querySelector(".live-link")?.remove();
    if (!location.hash.startsWith("#play=")) return;
    const number = Number(/&board=(\d{1,3})$/.exec(location.hash)?.[1] ?? 1);
    const board = boards[number - 1];
    const words = make("span", { role: "status" });
    const note = make("p", { class: "live-note live-link" }, words);
    (board?.closest("div.cell") ?? place.nextElementSibling).before(note);
    note.scrollIntoView({ block: "center" });
    try {
      await import(new URL("board.js", here));
      const moves = nearfarBoard.movesOf(location.hash);
      const many = `${moves.length} move${moves.length === 1 ? "" : "s"}`;
      if (!board) throw new Error(`this page has no board ${number}`);
      const first = moves.slice(0, 8).join(", ");
      words.textContent = `This link holds a game of ${many}: ${first}`
        + `${moves.length > 8 ? ", \u2026" : ""}. ${why}`;
      if (why) return;
      const play = make("button", { type: "button" }, "Play it");
      play.addEventListener("click", async () => {
        play.remove();
        words.textContent = "The cells of this game run, then the board.";
        words.textContent = await nearfar.takeOver(board, board.dataset.board,
          moves, `Played from the link: ${many}.`);
        if (!words.textContent) note.remove();
      });
      note.append(play);
    } catch (error) {
      words.textContent = `This link holds no game for this page:`
        + ` ${error.message}. Nothing was run.`;
    }
  }

  const place = document.querySelector("p.downloads");
  const why = nodes.length ? missing() : "Its cells don\u2019t run here.";
  if (place) {
    openLink();
    addEventListener("hashchange", openLink);
  }
  if (!nodes.length) return;
  if (why) {
    place.after(make("p", { class: "live-missing" }, why));
    return;
  }
  place.after(bar());
  nodes.forEach((node, place) =>
    node.querySelector(".cell_input").after(row(node, place + 1)));

  function shut(menu) {
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  }

  let loaded = null;
  const folder = document.querySelector("meta[name=live]").content;
  const load = () => loaded ??= import(new URL(`${folder}/chapter.mjs`, here))
    .then(({ Chapter }) => new Chapter(chapter, root, nodes))
    .catch(() => {
      loaded = null; // the next press tries again
      document.querySelector(".live-bar .live-state").textContent =
        "The buttons could not be loaded: are you offline? If not, reload"
        + " the page. The outputs below are recorded ones.";
    });
  nearfar.takeOver = async (...game) => (await load())?.takeOver(...game)
    ?? "The buttons could not be loaded: are you offline?";
  document.addEventListener("click", async (event) => {
    const pressed = event.target.closest("button[data-live]");
    // The second half of a double click on Run would be a Stop.
    if (!pressed || event.detail > 1) return;
    shut(pressed.closest(".live-more"));
    (await load())?.press(pressed);
  });
  document.addEventListener("keydown", ({ key, target }) => {
    if (key === "Escape") shut(target.closest(".live-more"));
  });
  let edited = false;
  try {
    edited = localStorage.getItem(`nearfar.live.${chapter}`) !== null;
  } catch { /* this browser keeps nothing */ }
  if (edited) load();
})();
