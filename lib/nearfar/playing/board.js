/* The board: a program that is played one move at a time.

   nearfarBoard.put(host, send, options) puts a board into an element.
   `send(request)` returns a promise of a state; a request is {do, moves} (see
   boards.py). The board knows nothing else of where the program runs.
   nearfarBoard.open and .after are those for JupyterLab: they ask the
   notebook's kernel. nearfarBoard.movesOf(text) reads the moves of a link.

   No other file, no library. */
(() => {
  "use strict";
  if (globalThis.nearfarBoard) return;

  const NS = "http://www.w3.org/2000/svg";
  const STYLE = `
    :host { all: initial; display: block; margin: 0.5rem 0; max-width: 100%;
      color-scheme: light; }
    * { box-sizing: border-box; }
    .card { border-radius: 8px; color: #26323f; background: #fdfcf9;
      font: 14px/1.45 system-ui, Helvetica, Arial, sans-serif;
      border: 1px solid #e4e6e7; padding: 8px 14px 12px; }
    .box { overflow-x: auto; container-type: inline-size; }
    .box:focus-visible { outline: 3px solid #c2571a; }
    .stage { position: relative; width: max-content; }
    .stage svg { display: block; }
    .lane { position: absolute; display: flex; gap: 4px; flex-wrap: wrap;
      width: max-content; max-width: 300px; transform: translateY(-50%); }
    .far text { stroke: #fdfcf9; stroke-width: 6; paint-order: stroke; }
    @container (max-width: 30rem) { .lane { display: none; } }
    .bar { display: flex; flex-wrap: wrap; gap: 4px; padding: 8px 0; }
    button { min-height: 36px; padding: 0 10px; font: inherit; color: #1d5b8f;
      background: #fff; border: 1px solid #c3cad1; border-radius: 6px;
      cursor: pointer; text-align: left; }
    .lane button { min-height: 26px; padding: 0 7px; font-size: 12px; }
    button:hover { background: #eaf1f7; }
    button[aria-disabled="true"] { color: #69747f; background: none;
      cursor: default; }
    button.plain { border-color: #1d5b8f; border-width: 2px; }
    :is(button, input):focus-visible { outline: 3px solid #c2571a;
      outline-offset: 1px; }
    ol { margin: 4px 0; padding: 0; list-style: none; display: grid; gap: 4px;
      grid-template-columns: repeat(auto-fill, minmax(min(100%, 15rem), 1fr));
    }
    li button { width: 100%; }
    p { margin: 6px 0; overflow-wrap: anywhere; }
    .say { font-weight: 600; min-height: 1.45em; white-space: pre-line; }
    .wrong { color: #8c1d18; }
    input { font: inherit; min-height: 36px; flex: 1 1 12rem; min-width: 0;
      border: 1px solid #c3cad1; border-radius: 6px; padding: 0 8px; }
    ul { margin: 4px 0; padding-left: 1.2em; }
    pre { white-space: pre-wrap; margin: 4px 0; font-size: 13px; }
    @media print { ol, .bar, .lane { display: none; } }`;
  const LOW = 32; // pixels of a row of buttons
  const TOOLS = [
    ["undo", "Undo"], ["redo", "Redo"], ["finish", "Run to the end"],
    ["random", "Random moves"], ["shortest", "Shortest way to break it"],
    ["shrink", "Shrink"], ["save", "Save as a page"],
  ];

  /* As in moves.py, which checks them again before anything runs. */
  const VERBS = { next: false, time: false, run: true, take: true,
    deliver: true, hold: true, lose: true, crash: true, restart: true,
    apart: true, heal: true };
  const MOST_MOVES = 1000;
  const LETTERS = 120;

  function isMove(move) {
    const [, verb, what] = /^(\S*) ?([^]*)$/.exec(move);
    return [...move].length <= LETTERS && !/(?! )[\p{C}\p{Z}]/u.test(move)
      && Object.hasOwn(VERBS, verb) && VERBS[verb] === Boolean(what);
  }

  /* The moves of a text, alone or in a link. Throws words for the reader. */
  function movesOf(text) {
    if (text.length > MOST_MOVES * (3 * LETTERS + 1))
      throw new Error("the text is too long for a game");
    const [version, ...told] = text.split("#play=").at(-1).split("&")[0]
      .split("!");
    if (version !== "1")
      throw new Error("the text does not begin with 1, the version of these"
        + " moves. Copy the whole link");
    if (told.length > MOST_MOVES)
      throw new Error(`${told.length} moves are too many: a game has at most`
        + ` ${MOST_MOVES}`);
    return told.map((each, number) => {
      let move = "";
      try {
        move = decodeURIComponent(each.replaceAll("+", " "));
      } catch { /* no move */ }
      if (!isMove(move))
        throw new Error(`move ${number + 1} is none: expected a verb and what`
          + " it is about, such as 'run ann'");
      return move;
    });
  }

  /* Elements are made, never pasted as text: names come from programs. */
  function make(name, attributes = {}, ...children) {
    const element = document.createElement(name);
    for (const key in attributes) element.setAttribute(key, attributes[key]);
    element.append(...children);
    return element;
  }

  /* `options`: `base`, the folder that player.js is served from (a saved page
     carries a copy of it); `address`, that of a page which plays the moves
     after its `#play=`, if there is one; `tools`, those to offer; `first`,
     the moves that no undo takes back. */
  class Board {
    constructor(host, send, { base = "", address = "", tools, first = [] }) {
      Object.assign(this, { send, base, address, first, undone: [], seed: 0 });
      this.idle = Promise.resolve();
      const root = host.attachShadow({ mode: "open" });
      host.addEventListener("keydown", (event) => event.stopPropagation());
      this.card = make("div", { class: "card", role: "group",
        "aria-label": "Board" });
      root.append(make("style", {}, STYLE), this.card);
      this.box = make("div", { class: "box", tabindex: 0, role: "group",
        "aria-label": "Picture of the run so far" });
      this.box.addEventListener("scroll", () => this.stay());
      this.say = make("p", { class: "say", "aria-live": "polite" });
      this.open = make("ol", { "aria-label": "Open moves" });
      this.made = make("p");
      this.holds = make("ul", { "aria-label": "Promises" });
      this.printed = make("pre");
      const bar = make("div", { class: "bar", role: "toolbar",
        "aria-label": "Tools" });
      this.tools = {};
      for (const [name, words] of TOOLS) {
        this.tools[name] = this.button(words, () => this[name]());
        if (!tools || tools.includes(name)) bar.append(this.tools[name]);
      }
      this.link = make("input", { "aria-label": "Moves as text" });
      const links = make("div", { class: "bar" }, this.link,
        this.button(address ? "Copy link" : "Copy", () => this.copy()),
        this.button("Play these moves", () => this.paste()));
      this.card.append(this.box, this.say, this.printed, this.open, bar,
        this.made, this.holds, links);
    }

    /* One press after another: each begins when the last has its answer. */
    button(words, act, attributes = {}) {
      const element = make("button", { type: "button", ...attributes }, words);
      element.addEventListener("click", () => {
        this.idle = this.idle.then(async () => {
          if (element.getAttribute("aria-disabled") !== "true") await act();
        });
      });
      return element;
    }

    async ask(request, done = "") {
      this.say.textContent = "…";
      const state = await this.send(request).catch(
        (error) => ({ error: error.message }));
      if (!state.error) this.show(state, done);
      else this.fail(state.error);
      return !state.error;
    }

    fail(words) {
      this.say.textContent = words;
      this.say.classList.add("wrong");
    }

    /* The first state: some moves of another game, or none if they fail. */
    async begin(moves, done) {
      if (await this.play(moves, done) || moves === this.first) return;
      const why = this.say.textContent;
      if (await this.play(this.first)) this.fail(why);
    }

    play(moves, done) { return this.ask({ do: "play", moves }, done); }

    make(move, words) {
      if (!this.state.choices.some(([open]) => open === move)) return null;
      this.undone = [];
      return this.play([...this.state.moves, move], `Done: ${words}.`);
    }

    undo() {
      const { moves } = this.state;
      this.undone.push(moves.at(-1));
      return this.play(moves.slice(0, -1), `Undone: ${moves.at(-1)}.`);
    }

    redo() {
      const move = this.undone.pop();
      return this.play([...this.state.moves, move], `Done again: ${move}.`);
    }

    fresh(request) {
      this.undone = [];
      return this.ask({ moves: this.state.moves, ...request });
    }

    finish() { return this.fresh({ do: "finish" }); }
    random() { return this.fresh({ do: "random", seed: this.seed++ }); }
    shortest() { return this.fresh({ do: "shortest" }); }
    shrink() { return this.fresh({ do: "shrink" }); }

    paste() {
      try {
        const moves = movesOf(this.link.value.trim());
        return this.fresh({ do: "play", moves });
      } catch (error) {
        return this.fail(error.message);
      }
    }

    async copy() {
      await navigator.clipboard?.writeText(this.link.value).catch(() => {});
      this.link.select();
    }

    show(state, done) {
      this.state = state;
      this.draw(state);
      const { broken, choices, moves } = state;
      this.say.classList.toggle("wrong", broken.length > 0);
      this.say.textContent = [done, ...broken.map(([promise, why, after]) =>
        `Broken after move ${after}: ${promise}.\n${why}`),
        state.over && "The run is over."].filter(Boolean).join("\n");
      this.open.replaceChildren(...choices.map(([move, words], number) =>
        make("li", {}, this.choice(move, number ? words
          : `${words} (plain order)`, number))));
      this.made.textContent = moves.length
        ? `${moves.length} moves, ${state.departures} not of the plain order: `
          + moves.join(", ") : "No move has been made.";
      this.holds.replaceChildren(...state.holds.map(([told, so]) =>
        make("li", {}, `${so ? "holds" : "broken"}: ${told}`)));
      this.printed.textContent = state.printed;
      const [address, board = ""] = this.address.split("#");
      this.link.value = `${address}#play=${state.text}${board}`;
      const off = (name, is) =>
        this.tools[name].setAttribute("aria-disabled", is);
      off("undo", moves.length <= this.first.length);
      off("redo", !this.undone.length);
      off("finish", state.over);
      off("shrink", !broken.length);
    }

    choice(move, words, number, attributes = {}) {
      return this.button(words, async () => {
        await this.make(move, words);
        this.open.querySelector("button")?.focus({ preventScroll: true });
      }, { class: number ? "" : "plain", ...attributes });
    }

    /* The picture, and beside each lane what can be done there. What has no
       lane yet comes below. These buttons repeat the list, so a screen reader
       and the keyboard skip them, and a narrow board has none. */
    draw(state) {
      const parsed = new DOMParser()
        .parseFromString(state.svg, "image/svg+xml").documentElement;
      const svg = document.importNode(parsed, true);
      svg.setAttribute("role", "img");
      svg.setAttribute("aria-label", state.alt);
      const stage = make("div", { class: "stage" }, svg);
      const [wide, tall] = ["width", "height"].map((name) =>
        Number(svg.getAttribute(name)));
      const places = new Map(state.lanes);
      let below = tall;
      const lanes = new Map();
      state.choices.forEach(([move, words, on], number) => {
        if (!on) return;
        const host = on.split(/[>#.]/)[1]; // that a message goes to
        const name = places.has(host) ? host : on;
        if (!places.has(name)) places.set(name, (below += LOW) - LOW / 2);
        if (!lanes.has(name)) lanes.set(name, []);
        lanes.get(name).push(this.choice(move, move, number,
          { tabindex: -1, title: words }));
      });
      for (const [name, buttons] of lanes) {
        const lane = make("div", { class: "lane", "aria-hidden": "true" },
          ...buttons);
        lane.style.left = `${wide + 4}px`;
        lane.style.top = `${places.get(name)}px`;
        stage.append(lane);
      }
      this.sign = document.createElementNS(NS, "g");
      this.sign.append(...svg.querySelectorAll(".k"));
      svg.append(this.sign);
      this.box.replaceChildren(stage);
      const beside = Math.max(0, ...[...stage.querySelectorAll(".lane")].map(
        (lane) => lane.offsetWidth && lane.offsetWidth + 8));
      stage.style.padding = `0 ${beside}px ${beside && below - tall}px 0`;
      this.box.scrollLeft = this.box.scrollWidth;
    }

    /* The names of the lanes stay in sight. */
    stay() {
      const far = this.box.scrollLeft;
      this.sign.setAttribute("transform", `translate(${far})`);
      this.sign.classList.toggle("far", far > 0);
    }

    /* One file with the picture, its steps and the program; no server. */
    async save() {
      const player = await fetch(`${this.base}player.js`)
        .then((reply) => reply.ok ? reply.text() : "");
      const { title, alt, svg, moves, source, broken } = this.state;
      const page = document.implementation.createHTMLDocument(
        title || "A game");
      const bytes = new TextEncoder().encode(svg);
      const data = btoa(Array.from(bytes, (byte) =>
        String.fromCharCode(byte)).join(""));
      page.head.prepend(make("meta", { charset: "utf-8" }));
      page.body.append(make("h1", {}, title || "A game"),
        make("img", { alt, src: `data:image/svg+xml;base64,${data}` }),
        ...broken.map(([promise, why, after]) =>
          make("p", {}, `Broken after move ${after}: ${promise}. ${why}`)),
        make("p", {}, `Moves: ${moves.join(", ")}`),
        make("p", {}, this.link.value), make("pre", {}, source),
        make("script", {}, player));
      const html = `<!doctype html>${page.documentElement.outerHTML}`;
      const url = URL.createObjectURL(new Blob([html], { type: "text/html" }));
      make("a", { href: url, download: "game.html" }).click();
      setTimeout(() => URL.revokeObjectURL(url), 10_000);
    }
  }

  /* A board in an element; resolves when it shows its first state, or has
     none. It begins with `options.moves`, and says `options.done`. */
  async function put(host, send, options = {}) {
    const board = new Board(host, send, options);
    await board.begin(options.moves ?? board.first, options.done);
    return board;
  }

  // --- JupyterLab ------------------------------------------------------------

  /* The kernel of the notebook that an element stands in. */
  async function kernelOf(element, config, headers) {
    const reply = await fetch(`${config.baseUrl}api/sessions`, { headers });
    const sessions = await reply.json();
    const panel = element.closest(".jp-NotebookPanel");
    const tab = panel && document.querySelector(
      `.lm-TabBar-tab[data-id="${panel.id}"]`);
    const path = /^Path: (.*)$/m.exec(tab?.title ?? "")?.[1];
    const session = sessions.find((one) => one.path === path) ?? sessions[0];
    if (!session) throw new Error("this notebook has no kernel: start one");
    return session.kernel.id;
  }

  async function connect(element) {
    const config = JSON.parse(
      document.getElementById("jupyter-config-data").text);
    const { token = "" } = config;
    const id = await kernelOf(element, config,
      token ? { Authorization: `token ${token}` } : {});
    const base = new URL(config.wsUrl || config.baseUrl, location.href);
    base.protocol = base.protocol.replace("http", "ws");
    const session = crypto.randomUUID?.() ?? String(Math.random()).slice(2);
    const socket = new WebSocket(`${base}api/kernels/${id}/channels`
      + `?session_id=${session}${token && `&token=${token}`}`);
    await new Promise((open, fail) => {
      socket.onopen = open;
      socket.onerror = () => fail(new Error("the kernel does not answer"));
    });
    return { socket, session };
  }

  /* Let the kernel evaluate one call of answer(), and return what it gives. */
  function evaluate({ socket, session }, expression) {
    const id = `${session}-${String(Math.random()).slice(2)}`;
    return new Promise((resolve, fail) => {
      const hear = (event) => {
        const message = JSON.parse(event.data);
        if (message.msg_type !== "execute_reply"
          || message.parent_header.msg_id !== id) return;
        socket.removeEventListener("message", hear);
        const told = message.content.user_expressions?.board;
        if (told?.status === "ok") resolve(told.data["application/json"]);
        else fail(new Error(told?.evalue ?? "the kernel was interrupted"));
      };
      socket.addEventListener("message", hear);
      socket.addEventListener("close",
        () => fail(new Error("the kernel has gone: run the cell again")));
      socket.send(JSON.stringify({ channel: "shell", parent_header: {},
        metadata: {}, buffers: [], header: { msg_id: id, session,
          msg_type: "execute_request", username: "", version: "5.3",
          date: new Date().toISOString() },
        content: { code: "", silent: true, store_history: false,
          allow_stdin: false, stop_on_error: false,
          user_expressions: { board: expression } } }));
    });
  }

  /* A board before or after a place; the words of an error, or "". */
  async function begin(place, where, key, base, moves, done) {
    let line;
    const send = async (request) => {
      if (line?.socket.readyState !== 1) line = await connect(host);
      const told = JSON.stringify(JSON.stringify(request));
      return evaluate(line, `__import__("nearfar.playing", fromlist=["answer"])`
        + `.answer(${JSON.stringify(key)}, ${told})`);
    };
    const host = make("div", { class: "nearfar-played",
      "data-lm-suppress-shortcuts": "true" }); // JupyterLab's own keys
    place[where](host);
    const board = await put(host, send, { base, moves, done });
    if (board.state) return "";
    host.remove();
    return board.say.textContent;
  }

  /* In the place of its picture, which stays if the kernel has no answer. */
  async function open(image, key, base) {
    image.onload = null;
    const place = image.closest(".nearfar-board") ?? image;
    if (!await begin(place, "before", key, base, [])) place.remove();
  }

  /* After a recorded picture, from one of its steps on. */
  function after(place, key, base, moves, done) {
    return begin(place, "after", key, base, moves, done);
  }

  globalThis.nearfarBoard = { put, open, after, movesOf };
})();
