/* Where every frame lies: rows of nodes from left to right, in units of the sample type. */

class Layout {
  constructor(tree, weights) {
    this.tree = tree;
    this.weights = weights;
    this.start = new Float64Array(tree.count);
    this.rows = layOut(tree, weights.total, this.start);
  }

  end(node) {
    return this.start[node] + this.weights.total[node];
  }

  isShown(node) {
    return node >= 0 && node < this.tree.count && this.weights.total[node] > 0;
  }

  /* Position in its row of the first frame that ends after `value`; the row's length if none does. */
  firstEndingAfter(row, value) {
    const nodes = this.rows[row];
    let low = 0;
    let high = nodes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.end(nodes[middle]) > value) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /* The frame of a row that covers `value`, or -1. */
  nodeAt(row, value) {
    const nodes = this.rows[row];
    if (!nodes) return -1;
    const node = nodes[this.firstEndingAfter(row, value)];
    return node !== undefined && this.start[node] <= value ? node : -1;
  }

  /* How many rows lie below a node, its own included. */
  heightBelow(node) {
    const end = this.end(node);
    let row = this.tree.depth[node];
    while (row + 1 < this.rows.length) {
      const next = this.rows[row + 1][this.firstEndingAfter(row + 1, this.start[node])];
      if (next === undefined || this.start[next] >= end) break;
      row++;
    }
    return row - this.tree.depth[node] + 1;
  }

  heaviestChild(node) {
    const child = this.nodeAt(this.tree.depth[node] + 1, this.start[node]);
    return child >= 0 && this.tree.parent[child] === node ? child : -1;
  }

  /* The frame beside a node in its row, within [start, end); -1 at the edge. */
  neighbour(node, step, start, end) {
    const nodes = this.rows[this.tree.depth[node]];
    const position = this.firstEndingAfter(this.tree.depth[node], this.start[node]) + step;
    const other = nodes[position];
    return other !== undefined && this.end(other) > start && this.start[other] < end ? other : -1;
  }
}

/* Fills `start` and returns the rows, heaviest sibling first; nodes that weigh nothing are left out. */
function layOut(tree, total, start) {
  const { firstChild, children } = childrenOf(tree);
  const rows = [];
  let row = total[ROOT] > 0 ? [ROOT] : [];
  while (row.length > 0) {
    rows.push(Int32Array.from(row));
    const next = [];
    for (const node of row) {
      let siblings = children.subarray(firstChild[node], firstChild[node + 1]);
      // A copy: sorting in place would reorder the table of children.
      if (siblings.length > 1) siblings = siblings.slice().sort((a, b) => total[b] - total[a] || a - b);
      let x = start[node];
      for (const child of siblings) {
        if (total[child] === 0) continue;
        start[child] = x;
        x += total[child];
        next.push(child);
      }
    }
    row = next;
  }
  return rows;
}

/* Children of node n are children[firstChild[n] ..< firstChild[n + 1]]. */
function childrenOf(tree) {
  const firstChild = new Int32Array(tree.count + 1);
  for (let node = 1; node < tree.count; node++) firstChild[tree.parent[node] + 1]++;
  for (let node = 0; node < tree.count; node++) firstChild[node + 1] += firstChild[node];
  const next = firstChild.slice();
  const children = new Int32Array(Math.max(tree.count - 1, 0));
  for (let node = 1; node < tree.count; node++) children[next[tree.parent[node]]++] = node;
  return { firstChild, children };
}
