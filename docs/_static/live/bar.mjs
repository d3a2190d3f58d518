/* The bar above a chapter: how it goes, lines for the reader, what is spoken. */
export const many = (number, word) =>
  `${number} ${word}${number === 1 ? "" : "s"}`;

/* Show a line, or hide it. A press on its button takes it away, gives `focus`
   the keyboard, and acts. */
export function tell(note, focus, words, label, action) {
  note.hidden = !words;
  note.replaceChildren(words);
  if (!label) return;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = label;
  button.addEventListener("click", () => {
    tell(note, focus, "");
    focus.focus();
    action();
  });
  note.append(" ", button);
}

export class Bar {
  constructor(node) {
    const part = (name) => node.querySelector(name);
    this.all = part("[data-live=all]");
    this.state = part(".live-state");
    this.told = part(".live-told");
    this.note = part(".live-note");
    this.worry = part(".live-trouble");
  }

  /* Say it to a screen reader. */
  say(words) {
    // The same words again are news, too.
    this.told.textContent = words === this.told.textContent
      ? `${words}\u00a0` : words;
  }

  tell(...line) { tell(this.note, this.all, ...line); }

  /* Show a line that stays until it is ""; what an edit needs to be kept. */
  trouble(words) {
    if (words === this.worry.textContent) return;
    this.worry.hidden = !words;
    this.worry.textContent = words;
    if (words) this.say(words);
  }
}
