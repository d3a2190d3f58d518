/* Python in the colours of the page, and text without a terminal's codes.

   The classes are those of Pygments, which coloured the stored cells. */
const WORDS = {
  k: "as assert async await break class continue def del elif else except"
    + " finally for global if lambda match case nonlocal pass raise return try"
    + " while with yield",
  kn: "from import",
  ow: "and in is not or",
  kc: "False None True",
  bp: "self cls",
  nb: "abs all any bool bytearray bytes callable chr dict dir divmod enumerate"
    + " eval exec filter float format frozenset getattr hasattr hash help hex id"
    + " input int isinstance issubclass iter len list map max memoryview min"
    + " next object open ord pow print property range repr reversed round set"
    + " setattr slice sorted staticmethod str sum super tuple type vars zip",
};
const KINDS = new Map(Object.entries(WORDS).flatMap(
  ([kind, words]) => words.split(" ").map((word) => [word, kind])));
// Match and case are names elsewhere: words only where a line begins.
const SOFT = new Set(["match", "case"]);
const TOKEN = new RegExp([
  /(?<c1>#.*)/,
  /(?<s2>(?<!\w)[rbfut]{0,2}(?:"""[^]*?(?:"""|$)|'''[^]*?(?:'''|$)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?))/,
  /(?<mi>\b(?:0[xob][\w]+|\d[\d_]*(?:\.[\d_]*)?(?:e[+-]?\d+)?j?))/,
  /(?<nd>^[ \t]*@[\w.]+)/,
  /(?<name>[\p{L}_][\p{L}\p{N}_]*)/,
  /(?<o>[-+*/%@=<>!&|^~]+)/,
].map((each) => each.source).join("|"), "gimu");

function kindOf(word, text, start, before) {
  const kind = KINDS.get(word);
  if (before === "def") return "nf";
  if (before === "class") return "nc";
  if (text[start - 1] === ".") return "n";
  if (SOFT.has(word) && !/(^|\n)[ \t]*$/.test(text.slice(0, start))) return "n";
  return kind ?? (/^[A-Z]\w*(Error|Exception|Interrupt)$/.test(word)
    ? "ne" : "n");
}

/* The text as nodes to append. */
export function coloured(text) {
  const all = document.createDocumentFragment();
  let end = 0;
  let before = "";
  for (const { 0: token, index, groups } of text.matchAll(TOKEN)) {
    all.append(text.slice(end, index));
    end = index + token.length;
    let [kind] = Object.entries(groups).find(([, found]) => found);
    if (kind === "name") kind = kindOf(token, text, index, before);
    if (kind !== "c1") before = token;
    const span = document.createElement("span");
    span.className = kind;
    span.textContent = token;
    all.append(span);
  }
  all.append(text.slice(end));
  return all;
}

/* What a terminal would show: no colour codes, and what follows a carriage
   return stands in place of what was before it on the line. */
export function plain(text) {
  // Line by line: a pattern would look for "\r" from each letter of a line.
  return text.replace(/\x1b\[[0-?]*[ -/]*[@-~]/g, "").split("\n")
    .map((line) => line.replace(/\r+$/, "").split("\r").at(-1)).join("\n");
}
