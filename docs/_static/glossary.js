/* What a glossary term means, shown beside it on hover and on focus.

   The word is a link to its entry, which is all that there is without this
   script. Escape closes the explanation; the pointer may move onto it. */
{
  const tips = new Map(); // one for each entry of the glossary
  let open = null;
  let closing = 0;

  const tipOf = (term) => {
    const name = `told-${term.hash.slice(1)}`;
    if (!tips.has(name)) {
      const tip = document.createElement("div");
      tip.id = name;
      tip.className = "told";
      tip.setAttribute("role", "tooltip");
      tip.textContent = term.dataset.told;
      tip.hidden = true;
      tip.addEventListener("mouseenter", () => clearTimeout(closing));
      tip.addEventListener("mouseleave", close);
      document.querySelector("article").append(tip);
      tips.set(name, tip);
    }
    return tips.get(name);
  };

  const hide = () => {
    clearTimeout(closing);
    if (open) open.hidden = true;
    open = null;
  };
  const close = () => {
    clearTimeout(closing);
    closing = setTimeout(hide, 200); // time to move onto it
  };
  const show = (term, tip) => {
    hide();
    open = tip;
    tip.hidden = false;
    const word = term.getClientRects()[0];
    const page = tip.offsetParent.getBoundingClientRect();
    const left = Math.min(word.left, page.right - tip.offsetWidth);
    tip.style.left = `${Math.max(left, page.left) - page.left}px`;
    tip.style.top = `${word.bottom - page.top}px`;
  };

  for (const term of document.querySelectorAll("a.term")) {
    const tip = tipOf(term);
    term.setAttribute("aria-describedby", tip.id);
    for (const come of ["mouseenter", "focus"])
      term.addEventListener(come, () => show(term, tip));
    term.addEventListener("mouseleave", close);
    term.addEventListener("blur", hide);
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
  });
}
