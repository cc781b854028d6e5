/* Types and sites of a heap recording: numbers of the text report, to be sorted and searched. */

const STACKS_MAIN_TYPE = "Known by stack, and put down to the type that most blocks of a stack have";
const HEAP_COLUMNS = [
  { key: "live_bytes", title: "Live", isNumber: true, kind: "wide", hint: "Bytes that live at the end" },
  { key: "live_count", title: "Blocks", isNumber: true, kind: "amount", hint: "Blocks that live at the end" },
  { key: "peak_bytes", title: "Peak", isNumber: true, kind: "amount", hint: STACKS_MAIN_TYPE },
  { key: "bytes", title: "Allocated", isNumber: true, kind: "amount", hint: STACKS_MAIN_TYPE },
  { key: "count", title: "Allocations", isNumber: true, kind: "amount", hint: STACKS_MAIN_TYPE },
  { key: "temporary_count", title: "Temporary", isNumber: true, kind: "amount minor",
    hint: "Freed by the very next heap call of the thread" },
  { key: "grows", title: "Grows", isNumber: true, kind: "flag",
    hint: "Most of what lives is of stacks whose live memory never shrank" },
];
const TYPE_COLUMNS = [...HEAP_COLUMNS, { key: "type", title: "Type" }];
const SITE_COLUMNS = [...HEAP_COLUMNS, { key: "type", title: "Type" }, { key: "owner", title: "Allocated by" }];

class HeapTable extends VirtualTable {
  /* `kind` is "types" or "sites", which are names of the view, of the panel and of the heap's rows. */
  constructor(app, kind) {
    super(app, kind, kind === "types" ? TYPE_COLUMNS : SITE_COLUMNS, "Nothing matches.");
    this.kind = kind;
    this.heap = app.profile.heap;
    this.head.classList.toggle("sampled", this.heap.isSampled);
  }

  get sort() {
    return this.app.state[`sort-${this.kind}`];
  }

  setSort(key) {
    this.app.setSort(key, `sort-${this.kind}`);
  }

  found() {
    const { search } = this.app;
    const rows = this.heap[this.kind].filter((row) => !search.isActive || this.matches(row, search));
    const { sort } = this;
    const number = (row) => row[sort];
    const text = (row) => (sort === "type" ? row.type.alias || row.type.name : row[sort]);
    const order = ["type", "owner"].includes(sort)
      ? (a, b) => (text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0) : (a, b) => number(b) - number(a);
    return rows.sort((a, b) => order(a, b) || b.live_bytes - a.live_bytes || b.bytes - a.bytes);
  }

  /* A type by its names, a site by those of its owner as well. */
  matches(row, search) {
    const { func, name, alias } = row.type;
    if (func ? search.isMatch[func.index] === 1 : search.matches({ name, alias, isTip: true, module: "", file: "" })) {
      return true;
    }
    if (this.kind === "types") return false;
    const owner = this.ownerOf(row);
    return owner ? search.isMatch[owner.index] === 1
      : search.matches({ name: row.owner, alias: "", isTip: false, module: "", file: row.place });
  }

  /* The function of the shown tree; none where the site weighs nothing. */
  ownerOf(row) {
    const { downTree, profile } = this.app;
    if (row.row < 0) return null;
    const node = downTree.parent[downTree.endOfRow[row.row]];
    return node === ROOT ? null : profile.functions[downTree.functionIndex[node]];
  }

  row(item) {
    const { heap } = this;
    const type = item.type.func ?? { category: item.type.alias ? TYPE_CATEGORY : RAW_CATEGORY };
    const sampled = heap.isSampled ? " sampled" : "";
    return element("div", { className: `row${sampled}`, role: "row", onclick: () => this.open(item) },
      this.liveCell(item),
      this.cell("live_count amount", item.live_count, "",
        heap.error(item.live_count, item.live_count, item.live_bytes, false)),
      this.cell("peak_bytes amount", item.peak_bytes, "bytes",
        heap.error(item.peak_bytes, item.count, item.bytes, true)),
      this.cell("bytes amount", item.bytes, "bytes", heap.error(item.bytes, item.count, item.bytes, true)),
      this.cell("count amount", item.count, "", heap.error(item.count, item.count, item.bytes, false)),
      element("div", { className: "cell temporary_count amount minor", role: "cell" },
        item.count > 0 ? formatShare(item.temporary_count / item.count) : "–"),
      element("div", { className: "cell grows flag", role: "cell" }, item.grows ? "▲ grows" : ""),
      element("div", { className: "cell type", role: "cell", title: item.type.name }, swatch(this.app, type),
        this.typeText(item)),
      ...(this.kind === "types" ? [] : [
        element("div", { className: "cell owner", role: "cell", title: item.owner }, this.ownerText(item),
          item.place ? element("span", { className: "place" }, ` ${item.place}`) : null,
          item.stacks > 1 ? element("span", { className: "place" }, ` ${formatCount(item.stacks)} stacks`) : null)]));
  }

  typeText({ type }) {
    if (!type.alias) return this.kind === "types" ? "raw memory (no Swift object: C, C++, buffers)" : "raw memory";
    return this.app.state.names === "full" ? type.name : type.alias;
  }

  ownerText({ owner }) {
    return this.app.state.names === "full" ? owner : shortName(owner);
  }

  liveCell(item) {
    const share = this.heap.live_bytes > 0 ? item.live_bytes / this.heap.live_bytes : 0;
    const bar = element("span", { className: "bar" });
    bar.style.width = `${Math.min(share * 100, 100)}%`;
    const error = this.heap.error(item.live_bytes, item.live_count, item.live_bytes, true);
    return element("div", { className: "cell number live_bytes wide", role: "cell" }, bar,
      element("span", { className: "share" }, formatShare(share)),
      element("span", { className: "value" }, formatValue(item.live_bytes, "bytes"),
        this.errorSpan(error, item.live_bytes)));
  }

  cell(kind, value, unit, error) {
    return element("div", { className: `cell ${kind}`, role: "cell" }, formatValue(value, unit),
      this.errorSpan(error, value));
  }

  errorSpan(error, value) {
    const text = relativeErrorText(error, value);
    return text ? element("span", { className: "error", title: "One standard error" }, ` ${text}`) : null;
  }

  describe(item) {
    const where = this.kind === "types" ? "" : ` from ${item.owner}`;
    return `${item.type.alias || "raw memory"}${where}, ${formatValue(item.live_bytes, "bytes")} live at the end in `
      + `${formatCount(item.live_count)} blocks, ${formatValue(item.bytes, "bytes")} allocated`
      + (item.grows ? ", never shrank" : "");
  }

  /* In the flame graph: a type, an owner, or its stack where there is but one; as bytes of what there is of it. */
  open(item) {
    const { app, heap } = this;
    const shown = app.type?.name;
    const has = { inuse_space: item.live_bytes, inuse_objects: item.live_count, peak_space: item.peak_bytes,
      alloc_space: item.bytes, alloc_objects: item.count, temporary_objects: item.temporary_count };
    const best = has[shown] > 0 ? shown : ["inuse_space", "peak_space", "alloc_space"].find((key) => has[key] > 0);
    if (best === undefined || !item.type.func) return;
    app.state.type = heap.typeOf.get(best);
    if (this.kind === "types") {
      app.showFunction(item.type.func);
      return;
    }
    app.change({ view: "graph", direction: "down", search: "", zoom: ROOT });
    if (item.row < 0) return;
    if (item.stacks > 1 && this.ownerOf(item)) {
      app.showFunction(this.ownerOf(item));
      return;
    }
    const owner = app.tree.parent[app.tree.endOfRow[item.row]];
    if (app.layout.isShown(owner)) app.setZoom(owner);
    byId("graph").focus();
  }

  /* Rows that exist on paper. */
  printed(count) {
    return this.found().slice(0, count).map((item, index) => this.framed(item, index));
  }
}
