/* The recording: columns of numbers as HTMLPayload.swift writes them. Nothing here depends on what is shown. */

const ROOT = 0;

class Profile {
  constructor(data) {
    if (data.version !== 1) throw new Error(`This page cannot read data of version ${data.version}`);
    this.summary = data.summary;
    this.notices = data.notices;
    this.types = data.types;
    this.defaultType = data.default_type;
    this.threads = data.threads;
    this.categories = data.categories;
    this.functions = readFunctions(data);
    this.inlinedOfFrame = data.frames.inlined;
    this.diff = data.diff;
    this.nodes = readNodes(data);
    this.rows = readRows(data);
    this.heap = data.heap ? new Heap(data.heap, this, data.strings) : null;
    this.timeline = data.timeline ? new Timeline(data.timeline, this) : null;
    this.sampleCount = data.summary.samples || this.totalOfType(this.types[this.defaultType]?.count_type);
  }

  totalOfType(type) {
    const values = this.rows.values[type];
    return values ? sum(values) : 0;
  }

  get isEmpty() {
    return this.rows.node.length === 0;
  }
}

function sum(values) {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

function readFunctions(data) {
  const { name, module, file, line, category } = data.functions;
  return name.map((_, index) => ({
    index,
    name: data.strings[name[index]],
    /* A type at the tip of a stack is none: it has a name as people write it. */
    isTip: category[index] === TYPE_CATEGORY || category[index] === RAW_CATEGORY,
    alias: category[index] === TYPE_CATEGORY ? typeName(data.strings[name[index]]) : "",
    module: data.strings[module[index]],
    file: data.strings[file[index]],
    line: line[index],
    category: category[index],
  }));
}

/* Node 0 is the root of all stacks; a parent always has a lower index than its children. */
function readNodes(data) {
  const count = data.nodes.frame.length + 1;
  const nodes = {
    count,
    parent: new Int32Array(count),
    depth: new Int32Array(count),
    functionIndex: new Int32Array(count),
    line: new Int32Array(count),
    inlined: new Uint8Array(count),
  };
  nodes.parent[ROOT] = -1;
  nodes.functionIndex[ROOT] = -1;
  const path = [ROOT];
  for (let node = 1; node < count; node++) {
    path.length -= data.nodes.up[node - 1];
    const frame = data.nodes.frame[node - 1];
    nodes.parent[node] = path[path.length - 1];
    nodes.depth[node] = path.length;
    nodes.functionIndex[node] = data.frames.function[frame];
    nodes.line[node] = data.frames.line[frame];
    nodes.inlined[node] = data.frames.inlined[frame];
    path.push(node);
  }
  return nodes;
}

/* A row is what one thread's stacks that end at one node weigh, for each sample type. */
function readRows(data) {
  const count = data.rows.node.length;
  const node = new Int32Array(count);
  let previous = -1;
  for (let row = 0; row < count; row++) {
    previous += data.rows.node[row];
    node[row] = previous + 1;
  }
  const values = data.rows.values.map((column, type) =>
    Float64Array.from(column, (value) => value * data.types[type].scale));
  return { node, thread: Int32Array.from(data.rows.thread), values };
}
