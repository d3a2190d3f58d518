/* Predict first: what a cell tagged `predict` printed is behind a button.

   Without this script, and on paper, the output is simply there. */
for (const output of document.querySelectorAll(
  ".tag_predict > .cell_output")) {
  const shown = document.createElement("div");
  shown.setAttribute("aria-live", "polite"); // read aloud when it appears
  const button = document.createElement("button");
  button.type = "button";
  button.className = "predict";
  const show = (wish) => {
    output.hidden = !wish;
    button.setAttribute("aria-expanded", wish);
    button.textContent = `${wish ? "Hide" : "Show"} what it printed`;
  };
  button.addEventListener("click", () => show(output.hidden));
  output.replaceWith(button, shown);
  shown.append(output);
  show(false);
}
