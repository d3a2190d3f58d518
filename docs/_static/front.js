/* The board of the front page. It is running before the first press, and loads
   no Python: docs/_ext/front_board.py has recorded every game that can be
   played here. Without this script the picture stays. */
(() => {
  "use strict";
  const image = document.querySelector("img.front-game");
  if (!image) return;

  const base = new URL("./", document.currentScript.src).href;
  const games = globalThis.nearfarFrontGame;
  const text = (moves) => ["1", ...moves.map((move) =>
    encodeURIComponent(move).replaceAll("%20", "+").replaceAll("%3E", ">"))]
    .join("!");

  /* Looks a request up, as `answer` in boards.py works it out. */
  function answerOf({ first, states, shortest, source }) {
    return async ({ do: verb, moves }) => {
      let state = states[verb === "shortest" ? shortest : text(moves)];
      if (!state)
        return { error: "That game is none of this board: its moves are those"
          + " of another one. Play it on the page that the link came from." };
      while (verb === "finish" && !state.over)
        state = states[text([...state.moves, state.choices[0][0]])];
      return { ...state, source };
    };
  }

  const place = document.createElement("div");
  place.className = "front-board";
  const bar = document.createElement("p");
  bar.setAttribute("role", "group");
  bar.setAttribute("aria-label", "How far apart machine and bank are");
  const host = document.createElement("div");
  host.className = "nearfar-played";
  place.append(bar, host);
  const names = Object.keys(games);

  /* Resolves when the board shows a state. */
  async function show(name, moves = games[name].first, done = "") {
    const fresh = host.cloneNode(false);
    const game = games[name];
    const tools = ["undo", "redo", "finish", "save"];
    if (game.shortest) tools.push("shortest");
    const number = names.indexOf(name) + 1;
    const address = location.href.split("#")[0]
      + (number > 1 ? `#&board=${number}` : "");
    await nearfarBoard.put(fresh, answerOf(game),
      { base, address, tools, moves, done, first: game.first });
    place.lastElementChild.replaceWith(fresh);
    for (const button of bar.children)
      button.setAttribute("aria-pressed", button.textContent === name);
  }

  for (const name of names) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = name;
    button.addEventListener("click", () => show(name));
    bar.append(button);
  }

  /* A game in the address is shown at once: it is looked up, and runs nothing. */
  async function open() {
    if (!location.hash.startsWith("#play=")) return;
    const number = Number(/&board=(\d)$/.exec(location.hash)?.[1] ?? 1);
    const name = names[number - 1] ?? names[0];
    try {
      const moves = nearfarBoard.movesOf(location.hash);
      await show(name, moves, "Played from the link.");
    } catch (error) {
      await show(name);
      place.lastElementChild.shadowRoot.querySelector("[aria-live]")
        .textContent = `This link holds no game: ${error.message}.`;
    }
    place.scrollIntoView({ block: "nearest" });
  }

  show(names[0]).then(() => {
    (image.closest(".scrolls") ?? image).replaceWith(place);
    document.querySelectorAll(".bd-article .cue").forEach((cue) => {
      if (cue.previousElementSibling === place) cue.remove();
    });
    addEventListener("hashchange", open);
    return open();
  }).catch(() => {}); // the picture stays
})();
