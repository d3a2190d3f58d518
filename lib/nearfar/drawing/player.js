/* The step player: a picture of a run that can be walked through.

   nearfar.play(image) looks into an SVG for the steps that lie in its
   <metadata> (steps.py makes them, figure.py puts them there) and, if there
   are any, puts a player in the image's place. Without this script, on
   paper, or in a notebook that is not trusted, the picture stays as it is.

   On the site every picture is tried when the page has been read; JupyterLab
   fetches this file when a cell has been run. Elsewhere an output carries it,
   and it tries every picture each time that it runs. No other file, no
   library. */
(() => {
  "use strict";
  if (globalThis.nearfar) {
    nearfar.start();
    return;
  }

  const NS = "http://www.w3.org/2000/svg";
  const CALM = matchMedia("(prefers-reduced-motion: reduce)");
  const DATA = "data:image/svg+xml;base64,";
  const STYLE = `
    :host { all: initial; display: block; margin: 0.5rem 0; max-width: 100%;
      color-scheme: light; }
    * { box-sizing: border-box; }
    .card { width: min(100%, max(var(--wide), 24rem)); border-radius: 8px;
      overflow: hidden; color: #26323f; background: #fdfcf9;
      font: 14px/1.45 system-ui, Helvetica, Arial, sans-serif; }
    .box { overflow-x: auto; cursor: pointer; }
    .box > svg { display: block; width: var(--wide); height: auto; }
    .cue { margin: 0; padding: 0 14px 6px; color: #5d6875; }
    .cue[hidden] { display: none; }
    .bar { display: flex; flex-wrap: wrap; gap: 4px; align-items: center;
      padding: 6px 14px 8px; border-top: 1px solid #e4e6e7; }
    button { width: 38px; height: 36px; padding: 0; font: inherit;
      font-size: 17px; color: #1d5b8f; background: #fff; cursor: pointer;
      border: 1px solid #c3cad1; border-radius: 6px; }
    .over { width: auto; padding: 0 10px; margin-top: 8px; font-size: 14px; }
    button:hover { background: #eaf1f7; }
    button[aria-disabled="true"] { color: #69747f; background: none;
      cursor: default; }
    input { flex: 1 1 50px; min-width: 50px; height: 36px; margin: 0 6px;
      accent-color: #1d5b8f; }
    select { font: inherit; color: inherit; background: #fff; height: 36px;
      max-width: 100%; border: 1px solid #c3cad1; border-radius: 6px; }
    .cases { padding: 12px 14px 0; display: flex; flex-wrap: wrap; gap: 8px;
      align-items: center; }
    :is(button, input, select, .box):focus-visible {
      outline: 3px solid #c2571a; outline-offset: 1px; }
    .box:focus-visible { outline-offset: -3px; }
    .count { color: #5d6875; white-space: nowrap;
      font-variant-numeric: tabular-nums; }
    .told { padding: 0 14px 12px; }
    .told[hidden] { display: none; }
    p { margin: 0 0 6px; }
    .say { font-weight: 600; min-height: 1.45em; }
    .code { display: flex; flex-wrap: wrap; gap: 0 10px; min-height: 1.5em;
      align-items: baseline; color: #5d6875; font-size: 13px; }
    code { color: #26323f; font: 13px/1.5 ui-monospace, Menlo, Consolas,
      "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
    code:not(:empty) { border-left: 3px solid #a63a1e; padding-left: 8px; }
    ul { display: grid; margin: 8px 0 0; padding: 0; list-style: none;
      grid-template-columns: repeat(auto-fill, minmax(min(100%, 15rem), 1fr));
      gap: 3px 12px; font-size: 13px; }
    li { padding: 2px 8px; border-radius: 4px; border-left: 4px solid #e4e6e7;
      color: #5d6875; overflow-wrap: anywhere; }
    li b { font-weight: 600; color: inherit; margin-right: 0.5em; }
    li[data-state="r"] { background: #1d5b8f; border-color: #1d5b8f;
      color: #fff; }
    li[data-state="q"] { border-color: #7e9ab3; color: #26323f; }
    li[data-state="w"] { background: #eef0f1; border-color: #9aa4b0; }
    li[data-state="s"] { background: #f8e1dc; border-color: #b3261e;
      color: #8c1d18; }
    .on { fill: #fff; font-weight: bold; }
    .off { fill: #6b7580; }
    .pill { fill: #1d5b8f; }
    .far text { stroke: #fdfcf9; stroke-width: 6; paint-order: stroke;
      stroke-linejoin: round; }
    .far text.on { stroke: none; }
    .veil { fill: #fdfcf9; opacity: 0.78; }
    .cursor { fill: none; stroke: #26323f; stroke-width: 1.4; opacity: 0.75; }
    .lit line { stroke-width: 3.2; }
    .lit text { font-weight: bold; }
    .dot { fill: #a63a1e; stroke: #fdfcf9; stroke-width: 1.5; }
    .glow { fill: #8b95a1; stroke: #fdfcf9; stroke-width: 2; }
    .glow.r { fill: #1d5b8f; }
    @media print {
      .bar, .told, .cases, .cue, .now { display: none; }
      .on { fill: #26323f; font-weight: normal; }
      .off { fill: #26323f; }
      .pill { display: none; }
      .card { width: auto; }
      .box { overflow: visible; }
      .box > svg { width: 100%; max-width: var(--wide); }
    }`;
  const BUTTONS = [
    ["first", "First step", "\u21e4"],
    ["back", "Step back", "\u2190"],
    ["forward", "Step forward", "\u2192"],
    ["last", "Last step", "\u21e5"],
  ];
  const KEYS = { Home: "first", ArrowLeft: "back", ArrowRight: "forward",
    End: "last", Escape: "whole" };

  /* Elements are made, never pasted as text: names come from programs. */
  function make(name, attributes = {}, ...children) {
    const element = document.createElement(name);
    for (const key in attributes) element.setAttribute(key, attributes[key]);
    element.append(...children);
    return element;
  }

  function draw(parent, name, attributes) {
    const element = document.createElementNS(NS, name);
    for (const key in attributes) element.setAttribute(key, attributes[key]);
    parent.append(element);
    return element;
  }

  async function source(image) {
    if (!image.src.startsWith(DATA)) return (await fetch(image.src)).text();
    const bytes = atob(image.src.slice(DATA.length));
    return new TextDecoder().decode(
      Uint8Array.from(bytes, (letter) => letter.charCodeAt(0)));
  }

  function parse(text) {
    const svg = new DOMParser()
      .parseFromString(text, "image/svg+xml").documentElement;
    const told = svg.querySelector(":scope > metadata");
    return told && { svg, run: JSON.parse(told.textContent) };
  }

  /* One figure with one position: 0 is the whole picture. */
  class Player {
    constructor(host, alt, first) {
      this.host = host;
      const cases = first.run.cases;
      if (cases && !first.run.steps) { // the picture is of no one case
        alt = cases[0][1];
        first = parse(cases[0][2]);
      }
      const root = host.attachShadow({ mode: "open" });
      this.card = make("div", { class: "card", role: "group",
        "aria-label": "Step player" });
      root.append(make("style", {}, STYLE), this.card);
      this.box = make("div", { class: "box" });
      this.slider = make("input", { type: "range", min: 0, value: 0,
        "aria-label": "Step" });
      this.count = make("span", { class: "count" });
      this.say = make("p", { class: "say", "aria-live": "polite" });
      this.where = make("span");
      this.line = make("code");
      this.who = make("ul");
      this.over = make("button", { type: "button", class: "over" });
      this.over.addEventListener("click", () => this.takeOver());
      this.note = make("p", { role: "status" });
      this.told = make("div", { class: "told", hidden: "" }, this.say,
        make("p", { class: "code" }, this.where, this.line), this.who,
        this.over, this.note);
      const bar = make("div", { class: "bar" });
      this.buttons = {};
      for (const [name, label, sign] of BUTTONS) {
        const button = make("button", { type: "button", "aria-label": label },
          sign);
        button.addEventListener("click", () => this[name]());
        this.buttons[name] = button;
        bar.append(button);
      }
      bar.append(this.slider, this.count);
      if (cases) this.card.append(this.chooser(cases, first));
      this.cue = make("p", { class: "cue", hidden: "" },
        "Scroll sideways to see the rest \u2192");
      this.card.append(this.box, this.cue, bar, this.told);
      this.slider.addEventListener("input",
        () => this.go(Number(this.slider.value)));
      this.box.addEventListener("click", (event) => this.point(event));
      this.box.addEventListener("scroll", () => this.stay());
      host.addEventListener("keydown", (event) => this.press(event));
      new ResizeObserver(() => this.fit()).observe(this.box);
      this.show(first, alt);
    }

    chooser(cases, first) {
      const select = make("select", { id: "case" },
        ...cases.map(([name], number) =>
          make("option", { value: number }, name)));
      select.addEventListener("change", () => {
        const [, alt, text] = cases[select.value];
        this.show(text ? parse(text) : first, alt);
      });
      return make("div", { class: "cases" },
        make("label", { for: "case" }, "Show the run in which:"), select);
    }

    show({ svg, run }, alt) {
      this.svg = document.importNode(svg, true);
      this.run = run;
      this.wide = Number(svg.getAttribute("width"));
      this.tall = Number(svg.getAttribute("height"));
      this.card.style.setProperty("--wide", `${this.wide}px`);
      this.svg.setAttribute("role", "img");
      this.svg.setAttribute("aria-label", alt);
      this.names = [...this.svg.querySelectorAll(".k")];
      this.sign = draw(this.svg, "g", { class: "sign" });
      this.sign.append(...this.names);
      this.box.replaceChildren(this.svg);
      this.who.replaceChildren(...run.lanes.map(([name]) =>
        make("li", {}, make("b", {}, name), make("span"))));
      this.slider.max = run.steps.length;
      this.fit();
      this.go(0);
    }

    /* What scrolls must be within reach of the keyboard. */
    fit() {
      const scrolls = this.box.scrollWidth > this.box.clientWidth + 1;
      this.cue.hidden = !scrolls;
      if (scrolls) {
        this.box.tabIndex = 0;
        this.box.setAttribute("role", "group");
        this.box.setAttribute("aria-label", "Picture, wider than its box");
      } else {
        for (const name of ["tabindex", "role", "aria-label"])
          this.box.removeAttribute(name);
      }
      this.stay();
    }

    /* Who is who stays in sight, however far the picture is scrolled. */
    stay() {
      const far = this.box.scrollLeft * this.wide
        / this.svg.getBoundingClientRect().width;
      this.sign.setAttribute("transform", `translate(${far || 0})`);
      this.sign.classList.toggle("far", far > 0);
    }

    first() { this.go(1); }
    back() { this.go(this.now - 1); }
    forward() { this.go(this.now + 1); }
    last() { this.go(this.run.steps.length); }
    whole() { this.go(0); }

    press(event) {
      const wish = KEYS[event.key];
      if (!wish || event.ctrlKey || event.altKey || event.metaKey) return;
      if (event.composedPath()[0].localName === "select") return;
      event.preventDefault();
      event.stopPropagation();
      this[wish]();
    }

    point(event) {
      const edge = this.svg.getBoundingClientRect();
      const x = (event.clientX - edge.left) * this.wide / edge.width;
      const { steps, reach } = this.run;
      const near = steps.findLastIndex((step) => step[0] - reach <= x + 4);
      this.go(Math.max(0, near) + 1);
      this.slider.focus({ preventScroll: true });
    }

    go(wish) {
      const { steps } = this.run;
      const before = this.now;
      this.now = Math.min(Math.max(wish, 0), steps.length);
      this.slider.value = this.now;
      this.slider.setAttribute("aria-valuetext",
        this.now ? `${this.now} of ${steps.length}` : "the whole picture");
      this.count.textContent = this.now
        ? `${this.now} / ${steps.length}` : `${steps.length} steps`;
      const off = (name, is) =>
        this.buttons[name].setAttribute("aria-disabled", is);
      off("first", this.now === 1);
      off("back", this.now === 0);
      off("forward", this.now === steps.length);
      off("last", this.now === steps.length);
      this.told.hidden = this.now === 0;
      this.over.hidden = !this.run.play;
      this.over.textContent = globalThis.nearfar.takeOver
        ? "Take over from here" : "Copy these moves";
      this.note.textContent = "";
      this.tell(steps[this.now - 1]);
      this.light(steps[this.now - 1], this.now > before);
    }

    /* Begin a board with the moves up to this step (boards.py). Where no
       kernel can be asked, give them as a line of Python. */
    async takeOver() {
      const { board, moves, before } = this.run.play;
      const many = before[this.now - 1];
      if (!globalThis.nearfar.takeOver) {
        const line = `play(program, moves=${
          JSON.stringify(moves.slice(0, many))})`;
        this.note.textContent = `For a cell: ${line}`;
        await navigator.clipboard?.writeText(line).catch(() => {});
        return;
      }
      this.note.textContent = "A board begins \u2026";
      this.note.textContent = await globalThis.nearfar.takeOver(
        this.host, board, moves.slice(0, many),
        `Taken over after ${many} move${many === 1 ? "" : "s"}.`);
    }

    tell(step) {
      if (!step) {
        this.say.textContent = "";
        return;
      }
      const [, , sentence, place, states] = step;
      const [name, number, text] = this.run.places[place];
      this.say.textContent = sentence;
      this.where.textContent = [
        name && `${name}()`, number && `line ${number}`,
      ].filter(Boolean).join(", ");
      this.line.textContent = text;
      [...this.who.children].forEach((item, lane) => {
        item.dataset.state = states[lane];
        item.lastChild.textContent = this.describe(lane, states[lane]);
      });
    }

    /* What a lane's tasklet does just now, in words. */
    describe(lane, state) {
      const { steps, lanes } = this.run;
      const own = steps.slice(0, this.now).findLast(([, who]) => who === lane);
      const what = own ? own[2].slice(lanes[lane][0].length + 1) : "";
      if (state === "r") return "runs";
      if (state === "q") return "is in the queue";
      if (state === "w") return what;
      if (state === "s") return `${what}, forever`;
      return own ? "has ended" : "is not there yet";
    }

    light(step, onward) {
      this.svg.querySelector(".now")?.remove();
      this.svg.querySelectorAll(".pill").forEach((pill) => pill.remove());
      this.names.forEach((name, lane) => {
        const state = step ? step[4][lane] : "";
        name.classList.toggle("on", state === "r");
        name.classList.toggle("off", "ws.".includes(state) && state !== "");
      });
      if (!step) return;
      const [x, lane, , , states] = step;
      const { lanes, reach } = this.run;
      const top = lanes[0][1] - 22;
      const bottom = lanes[lanes.length - 1][1] + 24;
      const now = draw(this.svg, "g", { class: "now" });
      if (this.now < this.run.steps.length)
        draw(now, "rect", { class: "veil", x: x + reach + 1,
          y: top - 4 - reach / 2,
          width: Math.max(0, this.wide - x - reach),
          height: bottom - top + 8 + reach / 2 });
      draw(now, "rect", { class: "cursor", x: x - reach, y: top,
        width: 2 * reach || 0.1, height: bottom - top, rx: reach && 3 });
      this.names.forEach((name, other) => {
        if (states[other] === "r") this.pill(name);
      });
      if (lane >= 0 && !reach)
        draw(now, "circle", { class: `glow ${states[lane]}`, cx: x,
          cy: lanes[lane][1], r: 6.5 });
      this.carry(now, x, onward);
      this.svg.append(this.sign); // above all that scrolls by
      this.follow(x);
    }

    pill(name) {
      const edge = name.getBBox();
      const rect = draw(this.svg, "rect", { class: "pill", x: edge.x - 7,
        y: edge.y - 3, width: edge.width + 14, height: edge.height + 6,
        rx: 9 });
      name.before(rect);
    }

    /* Light the messages of this step, and put a dot where they are. */
    carry(now, x, onward) {
      const step = this.now + (this.run.earlier ?? 0);
      for (const mark of this.svg.querySelectorAll("[data-s]")) {
        const [sent, arrived] = mark.dataset.s.split(" ").map(Number);
        if (step < sent || step > arrived) continue;
        const lit = draw(now, "g", { class: "lit" });
        lit.append(mark.cloneNode(true));
        lit.firstChild.removeAttribute("data-s");
        if (mark.localName !== "line") continue;
        const [x1, y1, x2, y2] = ["x1", "y1", "x2", "y2"].map((name) =>
          Number(mark.getAttribute(name)));
        const part = sent === arrived ? 1
          : Math.min(1, Math.max(0, (x - x1) / (x2 - x1 || 1)));
        const end = `translate(${x1 + part * (x2 - x1)}px,
          ${y1 + part * (y2 - y1)}px)`;
        const dot = draw(now, "circle", { class: "dot", r: 5 });
        dot.style.transform = end;
        if (sent === arrived && onward && !CALM.matches)
          dot.animate([{ transform: `translate(${x1}px, ${y1}px)` },
            { transform: end }], { duration: 450, easing: "ease-in-out" });
      }
    }

    /* Keep the place in sight, without moving the page. */
    follow(x) {
      const at = x * this.svg.getBoundingClientRect().width / this.wide;
      const { scrollLeft, clientWidth } = this.box;
      if (at < scrollLeft + 110 || at > scrollLeft + clientWidth - 60)
        this.box.scrollTo({ left: at - clientWidth / 2,
          behavior: CALM.matches ? "auto" : "smooth" });
    }
  }

  async function play(image) {
    const figure = parse(await source(image));
    if (!figure || !image.isConnected) return;
    const host = make("div", { class: "nearfar-player",
      "data-lm-suppress-shortcuts": "true" }); // JupyterLab's own keys
    image.replaceWith(host);
    new Player(host, image.alt, figure);
  }

  /* Try every picture, but in JupyterLab, where each asks for itself. */
  function start() {
    if (lab) return;
    const all = `img.playable, img[src^="${DATA}"]`;
    document.querySelectorAll(all).forEach(
      (image) => play(image).catch(() => {})); // it stays as it is
  }

  globalThis.nearfar = { play, start };
  const lab = document.getElementById("jupyter-config-data");
  if (lab) {
    const base = `${JSON.parse(lab.text).fullLabextensionsUrl}/nearfar/`;
    globalThis.nearfar.takeOver = (place, key, moves, done) =>
      import(`${base}board.js`).then(() =>
        globalThis.nearfarBoard.after(place, key, base, moves, done));
  }
  if (document.readyState === "loading")
    document.addEventListener("DOMContentLoaded", start);
  else start();
})();
