// Search the text of all sections (sections.js) for all words of a query.
// A title counts more than a text; a section with all words in a row, most.
"use strict";
(() => {
  const MOST = 50, AROUND = 90; // results; letters around a match
  const field = document.querySelector(".bd-search-container input");
  const list = document.getElementById("search-results");
  const count = document.getElementById("search-count");

  const escaped = (word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

  function score(words, whole, title, text) {
    let sum = 0;
    for (const word of words) {
      const inTitle = title.includes(word);
      const times = text.split(word).length - 1;
      if (!inTitle && !times) return 0;
      sum += (inTitle ? 10 : 0) + Math.min(times, 5);
    }
    return sum + (title.includes(whole) ? 20 : text.includes(whole) ? 8 : 0);
  }

  // The words around the first match, each match marked.
  function excerpt(text, words) {
    const lower = text.toLowerCase();
    const places = words.map((w) => lower.indexOf(w)).filter((at) => at >= 0);
    const first = places.length ? Math.min(...places) : 0;
    const from = Math.max(0, first - AROUND);
    const cut = text.slice(from, first + 2 * AROUND);
    const line = document.createElement("p");
    if (from) line.append("… ");
    const finder = new RegExp(`(${words.map(escaped).join("|")})`, "gi");
    cut.split(finder).forEach((part, place) => {
      const mark = place % 2 ? document.createElement("mark") : null;
      if (mark) mark.append(part);
      line.append(mark || part);
    });
    if (first + 2 * AROUND < text.length) line.append(" …");
    return line;
  }

  function show([address, title, text], page, words) {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = document.documentElement.dataset.content_root + address;
    link.append(title);
    item.append(link);
    if (page !== title) item.append(` in ${page}`);
    item.append(excerpt(text, words));
    return item;
  }

  function search() {
    const whole = field.value.trim().toLowerCase();
    const words = whole.split(/\s+/).filter(Boolean);
    list.replaceChildren();
    count.textContent = "";
    if (!words.length) return;
    let page = "";
    const found = [];
    for (const section of SECTIONS) {
      const [address, title, text] = section;
      if (!address.includes("#")) page = title;
      const points = score(
        words, whole, title.toLowerCase(), text.toLowerCase()
      );
      if (points) found.push([points, section, page]);
    }
    found.sort((one, other) => other[0] - one[0]);
    const best = found.slice(0, MOST);
    list.append(...best.map(([, section, of]) => show(section, of, words)));
    count.textContent = found.length
      ? `${found.length} section${found.length > 1 ? "s" : ""}`
      : "No section has all these words.";
  }

  field.value = new URLSearchParams(location.search).get("q") || "";
  field.addEventListener("input", search);
  field.form.addEventListener("submit", (event) => event.preventDefault());
  field.focus();
  search();
})();
