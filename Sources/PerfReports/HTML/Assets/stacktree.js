/* The shape of a view: which frame hangs below which. Values are put on it by Weights. */

/* More nodes than this are not worth their memory in a browser; deeper callers are then left out. */
const MAX_INVERTED_NODES = 2_000_000;

/* Callers first: the recording's own tree. */
function topDownTree(profile) {
  const { count, parent, depth, functionIndex, line, inlined } = profile.nodes;
  return { count, parent, depth, functionIndex, line, inlined, endOfRow: profile.rows.node, isShortened: false };
}

/* Leaf functions first, their callers beyond them; inlined copies of a function are the same function here. */
function bottomUpTree(nodes) {
  const builder = new TreeBuilder();
  const endOfNode = new Map();
  const endOfRow = new Int32Array(nodes.endOfRow.length);
  for (let row = 0; row < endOfRow.length; row++) {
    const leaf = nodes.endOfRow[row];
    let end = endOfNode.get(leaf);
    if (end === undefined) {
      end = ROOT;
      for (let node = leaf; node !== ROOT && builder.hasRoom; node = nodes.parent[node]) {
        end = builder.child(end, nodes.functionIndex[node], nodes.line[node], nodes.inlined[node]);
      }
      endOfNode.set(leaf, end);
    }
    endOfRow[row] = end;
  }
  return builder.finish(endOfRow);
}

class TreeBuilder {
  constructor() {
    this.parent = [-1];
    this.depth = [0];
    this.functionIndex = [-1];
    this.line = [0];
    this.inlined = [0];
    this.children = new Map();
  }

  get hasRoom() {
    return this.parent.length < MAX_INVERTED_NODES;
  }

  child(parent, functionIndex, line, inlined) {
    const key = functionIndex * 4_194_304 + parent;
    const known = this.children.get(key);
    if (known !== undefined) return known;
    const node = this.parent.length;
    this.children.set(key, node);
    this.parent.push(parent);
    this.depth.push(this.depth[parent] + 1);
    this.functionIndex.push(functionIndex);
    this.line.push(line);
    this.inlined.push(inlined);
    return node;
  }

  finish(endOfRow) {
    return {
      count: this.parent.length,
      parent: Int32Array.from(this.parent),
      depth: Int32Array.from(this.depth),
      functionIndex: Int32Array.from(this.functionIndex),
      line: Int32Array.from(this.line),
      inlined: Uint8Array.from(this.inlined),
      endOfRow,
      isShortened: !this.hasRoom,
    };
  }
}

/* What each node of a tree weighs by a column of values, a choice of threads, and the window of time that `factors` has. */
class Weights {
  constructor(tree, profile, values, isThreadShown, factors) {
    this.self = new Float64Array(tree.count);
    for (let row = 0; row < values.length; row++) {
      if (!isThreadShown[profile.rows.thread[row]]) continue;
      const value = factors ? (factors[row] === 0 ? 0 : (values[row] * factors[row]) / profile.timeline.rowCount[row])
        : values[row];
      this.self[tree.endOfRow[row]] += value;
    }
    this.total = Float64Array.from(this.self);
    for (let node = tree.count - 1; node > ROOT; node--) {
      this.total[tree.parent[node]] += this.total[node];
    }
  }
}

/* Self and total of every function; a total counts a recursive function once per stack. */
class FunctionTotals {
  constructor(tree, weights, functionCount) {
    this.self = new Float64Array(functionCount);
    this.total = new Float64Array(functionCount);
    const isOpen = new Int32Array(functionCount);
    const path = [];
    for (let node = 1; node < tree.count; node++) {
      while (path.length >= tree.depth[node]) isOpen[path.pop()]--;
      const index = tree.functionIndex[node];
      this.self[index] += weights.self[node];
      if (isOpen[index] === 0) this.total[index] += weights.total[node];
      isOpen[index]++;
      path.push(index);
    }
  }
}

/* Nodes from the root (exclusive) to the node (inclusive). */
function pathTo(tree, node) {
  const path = [];
  for (let at = node; at > ROOT; at = tree.parent[at]) path.push(at);
  return path.reverse();
}
