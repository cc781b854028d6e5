/* Which functions a query means, and how much of the profile passes through them. */

class Search {
  constructor(query, functions) {
    this.query = query;
    this.isActive = query.trim() !== "";
    this.isMatch = new Uint8Array(functions.length);
    this.functionCount = 0;
    this.matches = () => false;
    if (!this.isActive) return;
    this.matches = matcher(query.trim());
    for (const func of functions) {
      if (!this.matches(func)) continue;
      this.isMatch[func.index] = 1;
      this.functionCount++;
    }
  }

  /* The topmost matching frames of a layout below `zoom`, heaviest first, and their sum: recursion counts once. */
  topmost(layout, zoom = ROOT) {
    const { tree, weights } = layout;
    const isCovered = new Uint8Array(tree.count);
    const start = layout.start[zoom];
    const end = layout.end(zoom);
    const nodes = [];
    let total = 0;
    for (let node = 1; node < tree.count; node++) {
      const covered = isCovered[tree.parent[node]];
      const matches = this.isMatch[tree.functionIndex[node]];
      isCovered[node] = covered | matches;
      if (!matches || covered || weights.total[node] === 0) continue;
      if (layout.end(node) <= start || layout.start[node] >= end) continue;
      nodes.push(node);
      // A match above the zoomed frame covers all of it.
      total += Math.min(weights.total[node], weights.total[zoom]);
    }
    nodes.sort((a, b) => weights.total[b] - weights.total[a] || a - b);
    return { nodes, total };
  }
}

/*
 * "module:…" and "file:…" look there, "type:…" at types alone, all else at names; a query is found as text or as a
 * regular expression. A type is found by its own name and by the one that people write.
 */
function matcher(query) {
  const [, field, rest] = /^(?:(module|file|type):)?(.*)$/s.exec(query);
  const text = rest.toLowerCase();
  const pattern = compile(rest);
  const isIn = (name) => name.toLowerCase().includes(text) || (pattern?.test(name) ?? false);
  if (field === "module" || field === "file") return (func) => isIn(func[field]);
  const isNamed = (func) => isIn(func.name) || (func.alias !== "" && isIn(func.alias));
  return field === "type" ? (func) => func.isTip && isNamed(func) : isNamed;
}

/* What finds a function, or a type and no function. */
function queryOf(func) {
  return func.isTip ? `type:${func.name}` : func.name;
}

/* null where a query is no regular expression: then it is plain text. */
function compile(source) {
  try {
    return new RegExp(source, "iu");
  } catch {
    return null;
  }
}
