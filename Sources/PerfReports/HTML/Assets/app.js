/* The page: state in, everything that shows it out. */

class App {
  constructor(profile) {
    this.profile = profile;
    /* By whether the allocator's frames are hidden, and by direction. */
    this.trees = { all: {}, owners: {} };
    this.varianceColumns = [];
    this.zoomHistory = [];
    this.systemTheme = window.matchMedia("(prefers-color-scheme: dark)");
    this.state = readHash(location.hash, profile);
    this.graph = new FlameGraph(profile, byId("graph"), byId("graph-scroll"), byId("graph-space"));
    this.graph.label = (node) => (node === ROOT ? this.rootLabel() : this.frameLabel(this.functionOf(node)));
    this.difference = profile.diff ? new DifferenceView(this) : null;
    if (this.difference) this.graph.colorOf = (node) => this.difference.color(node);
    this.tables = { table: new FunctionTable(this) };
    if (profile.heap) for (const kind of ["types", "sites"]) this.tables[kind] = new HeapTable(this, kind);
    this.threads = new ThreadFilter(this);
    this.time = new TimePanel(this);
    this.heapPanel = new HeapPanel(this);
    this.leaksPanel = new LeaksPanel(this);
    this.names = new Map();
  }

  start() {
    showHeader(this.profile);
    showNotices(this.profile);
    this.buildTypes();
    this.connect();
    this.refresh();
  }

  get isInverted() {
    return this.state.direction === "up";
  }

  get type() {
    return this.profile.types[this.state.type];
  }

  functionOf(node) {
    return this.profile.functions[this.tree.functionIndex[node]];
  }

  /* A mark tells types from functions without any colour. */
  frameLabel(func) {
    return (func.isTip ? "◆ " : "") + this.displayName(func);
  }

  displayName(func) {
    if (this.state.names === "full") return func.name;
    let name = this.names.get(func.index);
    if (name === undefined) {
      name = func.alias || shortName(func.name);
      this.names.set(func.index, name);
    }
    return name;
  }

  rootLabel() {
    return `all: ${this.measures.estimate(this.measures.total, this.measures.variances?.total[ROOT])}`;
  }

  /* Rebuilds all that depends on the state; later steps use what earlier ones have set. */
  refresh() {
    this.applyTheme();
    this.weigh();
    this.threads.build();
    this.applySearch();
    this.applyZoom();
    this.showControls();
    this.show();
  }

  weigh() {
    const { profile, state } = this;
    this.isThreadShown = new Uint8Array(profile.threads.length).fill(1);
    for (const thread of state.hiddenThreads) this.isThreadShown[thread] = 0;
    this.factors = profile.timeline?.factors(state.window) ?? null;
    const isTrimmed = profile.heap !== null && state.allocators === "hidden";
    const trees = this.trees[isTrimmed ? "owners" : "all"];
    trees.down ??= isTrimmed ? ownerTree(profile) : topDownTree(profile);
    if (this.isInverted) trees.up ??= bottomUpTree(trees.down);
    this.downTree = trees.down;
    const weights = this.weights(trees.down);
    if (profile.heap) creditOwners(trees.down, weights, profile.functions);
    this.totals = new FunctionTotals(trees.down, weights, profile.functions.length);
    this.tree = trees[state.direction];
    this.layout = new Layout(this.tree, this.isInverted ? this.weights(this.tree) : weights);
    const counts = this.type?.count_type;
    const counted = counts === undefined ? null : this.weights(this.tree, counts);
    this.measures = new Measures(this.type, this.layout, counted, this.variances(this.tree), this.totalVariances());
    this.difference?.weigh();
    this.graph.layout = this.layout;
    this.graph.selected = -1;
    this.graph.hovered = -1;
  }

  weights(tree, type = this.state.type) {
    const values = this.profile.rows.values[type] ?? new Float64Array(0);
    return new Weights(tree, this.profile, values, this.isThreadShown, this.factors);
  }

  /* Of each row's value of a sample type of a sampled heap; null for any other recording. */
  varianceColumn(type) {
    this.varianceColumns[type] ??= this.profile.heap?.variances(type) ?? null;
    return this.varianceColumns[type];
  }

  /* Of what each node of a tree weighs. */
  variances(tree) {
    const column = this.varianceColumn(this.state.type);
    if (!column) return null;
    const variances = new Weights(tree, this.profile, column, this.isThreadShown, this.factors);
    if (tree === this.downTree) creditOwners(tree, variances, this.profile.functions);
    return variances;
  }

  /* Of the totals of functions. */
  totalVariances() {
    const variances = this.variances(this.downTree);
    return variances && new FunctionTotals(this.downTree, variances, this.profile.functions.length);
  }

  applySearch() {
    this.search = new Search(this.state.search, this.profile.functions);
    this.graph.search = this.search;
    this.matches = this.search.isActive ? this.search.topmost(this.layout) : { nodes: [], total: 0 };
    this.matchPosition = -1;
  }

  applyZoom() {
    if (!this.layout.isShown(this.state.zoom)) this.state.zoom = ROOT;
    this.graph.zoom = this.state.zoom;
    if (this.layout.isShown(this.state.zoom) && this.state.zoom !== ROOT) this.graph.selected = this.state.zoom;
  }

  applyTheme() {
    const isDark = this.isPrinting ? false
      : this.state.theme === "auto" ? this.systemTheme.matches : this.state.theme === "dark";
    document.documentElement.dataset.theme = isDark ? "dark" : "light";
    if (this.palette && this.paletteIsDark === isDark) return;
    this.paletteIsDark = isDark;
    this.palette = new Palette(this.profile, isDark);
    this.difference?.colors?.clear();
    this.graph.palette = this.palette;
  }

  show() {
    const isEmpty = this.layout.rows.length === 0;
    const { view } = this.state;
    // The tables of a heap have all ways of counting: they are there even where the chosen one has nothing.
    const isHeapTable = view === "types" || view === "sites";
    byId("empty").hidden = !isEmpty || isHeapTable;
    byId("toolbar").hidden = this.profile.isEmpty;
    byId("empty").textContent = this.emptyText();
    byId("graph-panel").hidden = isEmpty || view !== "graph";
    byId("table-panel").hidden = isEmpty || view !== "table";
    byId("types-panel").hidden = view !== "types";
    byId("sites-panel").hidden = view !== "sites";
    showLegend(this);
    this.time.update();
    this.showBreadcrumb();
    this.showMatches();
    this.showSelection();
    this.currentTable?.update();
    this.graph.resize();
    if (!isEmpty) this.graph.revealZoom();
    this.saveHash();
  }

  /* Null while the flame graph is shown. */
  get currentTable() {
    return this.tables[this.state.view] ?? null;
  }

  emptyText() {
    if (this.difference && !this.profile.isEmpty) return "This side has no samples: choose the other under Show.";
    if (this.profile.heap) {
      return this.profile.isEmpty ? this.profile.heap.verdict
        : "There are no blocks of this kind: choose another under Show.";
    }
    if (this.profile.isEmpty) {
      return "This profile has no samples. Was the program idle? "
        + "Record while it works, for longer (-d) or at a higher frequency (-F).";
    }
    if (this.state.window) return "No sample was taken in this window of time: nothing that was recorded ran then.";
    return this.state.hiddenThreads.length > 0
      ? "The chosen threads have no samples of this type: choose others under Threads."
      : "There are no samples of this type: choose another under Show.";
  }

  showControls() {
    const { state } = this;
    for (const view of ["graph", "table", "types", "sites"]) {
      byId(`tab-${view}`).setAttribute("aria-selected", String(state.view === view));
    }
    setPressed(byId("top-down"), state.direction === "down");
    setPressed(byId("bottom-up"), state.direction === "up");
    setPressed(byId("icicle"), state.orientation === "icicle");
    setPressed(byId("flame"), state.orientation === "flame");
    byId("directions").hidden = byId("orientations").hidden = state.view !== "graph";
    // The tables of a heap have all ways of counting.
    const isHeapTable = state.view === "types" || state.view === "sites";
    byId("type-label").hidden = this.profile.types.length < 2 || isHeapTable;
    byId("allocators-label").hidden = !this.profile.heap || isHeapTable;
    byId("allocators").checked = state.allocators === "shown";
    byId("short-names").checked = state.names === "short";
    byId("theme").textContent = `Theme: ${state.theme}`;
    byId("type").value = String(state.type);
    if (byId("search").value !== state.search) byId("search").value = state.search;
    this.graph.isFlipped = state.orientation === "flame";
  }

  showBreadcrumb() {
    const path = this.layout.rows.length === 0 ? [] : [ROOT, ...pathTo(this.tree, this.state.zoom)];
    // A deep zoom shows its ends: the outermost frame and the innermost ones.
    const shown = path.length > 8 ? [...path.slice(0, 2), -1, ...path.slice(-5)] : path;
    byId("breadcrumb").replaceChildren(element("ol", {}, ...shown.map((node) => {
      if (node < 0) return element("li", {}, `… ${path.length - 7} frames …`);
      const name = node === ROOT ? "all" : this.displayName(this.functionOf(node));
      const button = element("button", { type: "button", title: frameTitle(this, node), onclick: () =>
        this.setZoom(node) }, name);
      if (node === this.state.zoom) button.setAttribute("aria-current", "location");
      return element("li", {}, button);
    })), this.state.zoom === ROOT ? "" : element("button", { type: "button", id: "reset", className: "reset",
      onclick: () => this.setZoom(ROOT) }, "Reset zoom"));
  }

  showMatches() {
    const { search, matches, measures, state } = this;
    const isIdle = !search.isActive || this.layout.rows.length === 0;
    for (const id of ["previous-match", "next-match"]) byId(id).hidden = isIdle;
    if (isIdle) {
      byId("matches").textContent = "";
      return;
    }
    let text = `${measures.shareText(matches.total)} matched`;
    if (state.zoom !== ROOT) {
      text += ` · ${formatShare(measures.share(search.topmost(this.layout, state.zoom).total, state.zoom))} of zoomed`;
    }
    byId("matches").textContent = search.functionCount === 0 ? "no match" : text;
    byId("matches").title = `${formatCount(search.functionCount)} of ${formatCount(this.profile.functions.length)} functions`;
  }

  showSelection() {
    showDetails(this, this.layout.isShown(this.graph.selected) ? this.graph.selected : -1);
    byId("focused-frame").textContent = describe(this, this.graph.selected);
  }

  saveHash() {
    const hash = writeHash(this.state, this.profile);
    if (location.hash.replace(/^#/, "") !== hash) history.replaceState(null, "", hash ? `#${hash}` : "#");
  }
}
