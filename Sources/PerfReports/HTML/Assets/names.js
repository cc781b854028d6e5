/* Demangled names made short enough for a frame; the full name stays where there is room. */

/* What the compiler made of a function; a reader looks for the function itself. */
const WRAPPERS = [
  /^(?:generic|function signature|generic not re-abstracted) specialization <.*?> of (?=[^<]*$|[\w$(])/,
  /^(?:specialized|merged|prespecialized) /,
  /^(?:partial apply forwarder|partial apply|protocol witness|reabstraction thunk helper|curry thunk) (?:for|of) /,
  /^dispatch thunk of /,
];

/* Modules that every reader knows and that the colour tells. */
const KNOWN_MODULES = /(^|[ ])(?:Swift|Foundation|FoundationEssentials|_Concurrency|Dispatch)\.(?=[\w$])/g;

/* Without wrappers, parameters, generic arguments and results; the full name where that is not certain. */
function shortName(name) {
  if (!/[ (<.]/.test(name)) return name;
  const bare = withoutGroups(withoutWrappers(name)
    .replace(/ in conformance .*$/, "")
    .replace(/\(extension in [^)]*\):/g, "")
    .replace(/\((\w+) in _[0-9A-F]+\)/g, "$1"));
  if (bare === null) return name;
  const short = bare
    .replace(/ @Sendable/g, "")
    .replace(/ -> .*?(?= in |$)/g, "")
    .replace(/ : .*$/, "")
    .replace(/( async)?( throws)?(?= in |$)/g, "")
    .replace(/ where .*?(?= in |$)/g, "")
    .replace(KNOWN_MODULES, "$1")
    .replace(/\s+/g, " ")
    .trim();
  return /^[\w$~.]/.test(short) ? closureLast(short) : name;
}

function withoutWrappers(name) {
  let rest = name;
  for (let isChanged = true; isChanged;) {
    const unwrapped = WRAPPERS.reduce((text, wrapper) => text.replace(wrapper, ""), rest);
    isChanged = unwrapped !== rest && unwrapped !== "";
    if (isChanged) rest = unwrapped;
  }
  return rest;
}

/* "closure #1 in main.load" becomes "main.load closure #1": the start is what narrow frames show. */
function closureLast(name) {
  const parts = name.split(" in ");
  return parts.length > 1 && parts[0].startsWith("closure #") ? parts.reverse().join(" ") : name;
}

/* Text outside (…) and <…> that follow a word; null when they do not pair up. */
function withoutGroups(name) {
  let result = "";
  const open = [];
  for (let index = 0; index < name.length; index++) {
    const character = name[index];
    const isArrow = character === ">" && name[index - 1] === "-";
    if (character === "(" || character === "<") {
      if (open.length === 0 && !/[\w\s$>)\]]/.test(name[index - 1] ?? "(")) return null;
      open.push(character === "(" ? ")" : ">");
    } else if (!isArrow && (character === ")" || character === ">")) {
      if (open.pop() !== character) return null;
      if (open.length === 0 && character === ")" && name[index + 1] === ".") return null;
    } else if (open.length === 0) {
      result += character;
    }
  }
  return open.length === 0 ? result : null;
}
