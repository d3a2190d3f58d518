/* A picture that is wider than the page scrolls in a box of its own.

   While it does, the box takes the keyboard's focus, and a line below it says
   that there is more to see. Players have a box of their own (player.js). The
   pictures of the reader's own runs come later (live/outputs.mjs). */
nearfar.frame = (image) => {
  let box = image.parentElement;
  if (!box.matches(".text_html")) {
    box = document.createElement("div");
    image.replaceWith(box);
    box.append(image);
  }
  box.classList.add("scrolls");
  const cue = document.createElement("p");
  cue.className = "cue";
  cue.textContent = "Scroll sideways to see the rest \u2192";
  box.after(cue);
  const fit = () => {
    const wide = box.scrollWidth > box.clientWidth + 1;
    cue.hidden = !wide;
    const told = { tabindex: 0, role: "group",
      "aria-label": "Picture, wider than its box" };
    for (const [name, value] of Object.entries(told)) {
      if (wide) box.setAttribute(name, value);
      else box.removeAttribute(name);
    }
  };
  image.addEventListener("load", fit);
  new ResizeObserver(fit).observe(box);
};
document.querySelectorAll(".bd-article img").forEach(nearfar.frame);
