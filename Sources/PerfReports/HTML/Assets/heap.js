/* What a heap recording knows beside its stacks, as HTMLHeap.swift writes it. */

/* Indices of FrameCategory. */
const TYPE_CATEGORY = 6;
const RAW_CATEGORY = 7;

/* The sample types in the order in which people ask for them, and what they call them. */
const HEAP_MEASURES = [
  { key: "inuse_space", title: "Live at the end (bytes)", column: "Live at the end" },
  { key: "peak_space", title: "At the peak (bytes)", column: "At the peak" },
  { key: "temporary_objects", title: "Churn: freed at once (blocks)", column: "Freed at once" },
  { key: "alloc_space", title: "All allocated (bytes)", column: "All allocated" },
  { key: "inuse_objects", title: "Live at the end (blocks)", column: "Live at the end" },
  { key: "alloc_objects", title: "All allocated (blocks)", column: "All allocated" },
];

class Heap {
  constructor(data, profile, strings) {
    Object.assign(this, data);
    this.profile = profile;
    this.isAllocator = new Uint8Array(profile.functions.length);
    for (const index of data.allocators) this.isAllocator[index] = 1;
    const tips = new Map(profile.functions.filter((func) => func.isTip).map((func) => [func.name, func]));
    const rawMemory = profile.functions.find((func) => func.category === RAW_CATEGORY);
    const type = (name) => (name < 0 ? { func: rawMemory, name: "raw memory", alias: "" }
      : { func: tips.get(strings[name]), name: strings[name], alias: typeName(strings[name]) });
    this.types = readColumns(data.types, (row) => ({ ...row, type: type(row.name) }));
    this.sites = readColumns(data.sites, (row) => ({
      ...row, type: type(row.type), owner: strings[row.owner], place: strings[row.place] }));
    for (const each of profile.types) {
      // A count of a heap is one of blocks.
      if (each.unit === "count") each.unit = "blocks";
    }
    this.typeOf = new Map(profile.types.map((each, index) => [each.name, index]));
  }

  get isSampled() {
    return this.sample_bytes > 0;
  }

  /*
   * The variance of each row's value of a sample type; null where every block was recorded.
   *
   * A block of s bytes is sampled with the probability p = 1 - exp(-s/S) and counts for 1/p: the variance of the
   * blocks that one sampled stands for is (1-p)/p², which is 1/(exp(s/S)-1) for each of them, and s² times that of
   * their bytes. s is the mean of the row's blocks, which come from one stack.
   */
  variances(type) {
    const values = this.profile.rows.values[type];
    if (!this.isSampled || !values) return null;
    const column = (name) => this.profile.rows.values[this.typeOf.get(name)];
    const isLive = this.profile.types[type].name.startsWith("inuse");
    const counts = column(isLive ? "inuse_objects" : "alloc_objects");
    const bytes = column(isLive ? "inuse_space" : "alloc_space");
    const isBytes = this.profile.types[type].unit === "bytes";
    return values.map((value, row) => blockVariance(value, counts?.[row], bytes?.[row], isBytes, this.sample_bytes));
  }

  /* The standard error of a value of the tables. */
  error(value, count, bytes, isBytes) {
    return this.isSampled ? Math.sqrt(blockVariance(value, count, bytes, isBytes, this.sample_bytes)) : 0;
  }
}

function blockVariance(value, count, bytes, isBytes, distance) {
  if (!(value > 0)) return 0;
  // Where the size is not known, blocks are taken for small ones, whose error is largest.
  const size = count > 0 && bytes > 0 ? bytes / count : 1;
  return (value * (isBytes ? size : 1)) / Math.expm1(size / distance);
}

/* Columns of equal length as rows. */
function readColumns(columns, change) {
  const [first] = Object.values(columns);
  return first.map((_, index) =>
    change(Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values[index]]))));
}

/* A type as people write it: the storage of an array is an array. */
function typeName(name) {
  const readable = name.replace(/\((\w+) in _[0-9A-F]+\)/g, "$1").replace(/\(extension in [^)]*\):/g, "")
    .replace(/(^|[^\w.])(?:Swift|Foundation|FoundationEssentials|_Concurrency|Dispatch)\.(?=[\w$])/g, "$1")
    .replace(/,(?=\S)/g, ", ");
  return readable
    .replace(/^_ContiguousArrayStorage<(.*)>$/s, "Array<$1>")
    .replace(/^_(Dictionary|Set)Storage<(.*)>$/s, "$1<$2>")
    .replace(/^__StringStorage$/, "String");
}

/*
 * The recording's tree without the frames of the allocator and the runtime between what was allocated and the function
 * that it is put down to.
 */
function ownerTree(profile) {
  const { nodes, rows, functions } = profile;
  const { isAllocator } = profile.heap;
  const builder = new TreeBuilder();
  const copies = new Int32Array(nodes.count).fill(-1);
  copies[ROOT] = ROOT;
  const add = (node, parent) =>
    builder.child(parent, nodes.functionIndex[node], nodes.line[node], nodes.inlined[node]);
  const copy = (node) => {
    const missing = [];
    let at = node;
    for (; copies[at] < 0; at = nodes.parent[at]) missing.push(at);
    let result = copies[at];
    for (const next of missing.reverse()) result = copies[next] = add(next, result);
    return result;
  };
  const endOfRow = Int32Array.from(rows.node, (tip) => {
    if (tip === ROOT || !functions[nodes.functionIndex[tip]].isTip) return copy(tip);
    let owner = nodes.parent[tip];
    while (owner !== ROOT && isAllocator[nodes.functionIndex[owner]]) owner = nodes.parent[owner];
    // Nothing but the runtime: then it owns the block itself.
    return add(tip, copy(owner === ROOT ? nodes.parent[tip] : owner));
  });
  return builder.finish(endOfRow);
}

/* What a function allocated itself counts as its own, as it does as that of the type. */
function creditOwners(tree, weights, functions) {
  for (let node = 1; node < tree.count; node++) {
    if (functions[tree.functionIndex[node]].isTip) weights.self[tree.parent[node]] += weights.self[node];
  }
}

/* Values of all sample types below a node of a tree whose subtrees are runs of nodes. */
function valuesBelow(app, node) {
  const { tree, profile } = app;
  let end = node + 1;
  while (end < tree.count && tree.depth[end] > tree.depth[node]) end++;
  const sums = profile.types.map(() => 0);
  const variances = profile.types.map((_, type) => (profile.heap.isSampled ? app.varianceColumn(type) : null));
  const errors = profile.types.map(() => 0);
  tree.endOfRow.forEach((at, row) => {
    if (at < node || at >= end || !app.isThreadShown[profile.rows.thread[row]]) return;
    sums.forEach((_, type) => {
      sums[type] += profile.rows.values[type][row];
      errors[type] += variances[type]?.[row] ?? 0;
    });
  });
  return { sums, errors: errors.map((variance) => Math.sqrt(variance)), end };
}
