/* What a user can do; each changes the state and shows what follows from it. */

Object.assign(App.prototype, {
  change(change) {
    Object.assign(this.state, change);
    this.refresh();
  },

  /* A window of buckets of time, or null for the whole recording; the zoom stays where it still holds. */
  setWindow(window) {
    this.change({ window });
  },

  setZoom(node) {
    if (node !== this.state.zoom) this.zoomHistory.push(this.state.zoom);
    this.state.zoom = node;
    this.graph.selected = node;
    this.applyZoom();
    this.show();
  },

  zoomOut() {
    const previous = this.zoomHistory.pop() ?? Math.max(this.tree.parent[this.state.zoom], ROOT);
    this.state.zoom = previous;
    this.applyZoom();
    this.show();
  },

  /* Zoom first, then search: each Escape takes back one thing. */
  escape() {
    byId("threads").open = false;
    if (this.state.zoom !== ROOT) this.setZoom(ROOT);
    else if (this.search.isActive) this.setSearch("");
    else if (this.state.window) this.setWindow(null);
    this.zoomHistory = [];
  },

  select(node) {
    this.graph.selected = node;
    // A frame outside the zoom cannot be seen: the zoom follows.
    const { layout, graph } = this;
    if (layout.start[node] >= graph.viewEnd || layout.end(node) <= graph.viewStart) {
      this.setZoom(this.tree.parent[node]);
      graph.selected = node;
    }
    this.showSelection();
    graph.reveal(node);
  },

  neighbour(node, step) {
    return this.layout.neighbour(node, step, this.graph.viewStart, this.graph.viewEnd);
  },

  setSearch(query) {
    this.state.search = query;
    byId("search").value = query;
    this.applySearch();
    this.showMatches();
    this.currentTable?.update();
    this.graph.draw();
    this.saveHash();
  },

  leaveSearch() {
    if (this.state.search !== "") this.setSearch("");
    else this.focusView();
  },

  stepMatch(step) {
    const { nodes } = this.search.isActive ? this.search.topmost(this.layout, this.state.zoom) : this.matches;
    if (nodes.length === 0 || this.state.view !== "graph") return;
    this.matchPosition = (this.matchPosition + step + nodes.length + (this.matchPosition < 0 && step < 0 ? 1 : 0))
      % nodes.length;
    this.select(nodes[this.matchPosition]);
  },

  setHiddenThreads(hiddenThreads) {
    const isOpen = byId("threads").open;
    this.state.hiddenThreads = hiddenThreads;
    this.weigh();
    this.threads.update();
    this.applySearch();
    this.applyZoom();
    this.show();
    byId("threads").open = isOpen;
  },

  setSort(sort, key = "sort") {
    this.state[key] = sort;
    this.currentTable?.update();
    this.saveHash();
  },

  setDirection(direction) {
    this.zoomHistory = [];
    this.change({ direction, zoom: ROOT });
  },

  toggleDirection() {
    this.setDirection(this.isInverted ? "down" : "up");
  },

  toggleOrientation() {
    const { selected } = this.graph;
    this.change({ orientation: this.state.orientation === "icicle" ? "flame" : "icicle" });
    if (selected >= 0) this.select(selected);
  },

  toggleView() {
    const views = ["graph", ...(this.profile.heap ? ["types", "sites"] : []), "table"];
    this.change({ view: views[(views.indexOf(this.state.view) + 1) % views.length] });
    this.focusView();
  },

  focusView() {
    byId(this.state.view === "graph" ? "graph" : `${this.state.view}-scroll`).focus();
  },

  /* The picture of what happened when, if there is one. */
  focusTime() {
    if (this.time.timeline) this.time.heat.focus();
    else if (this.heapPanel.chart?.isShown) byId("heap-chart").focus();
  },

  cycleTheme() {
    const themes = ["auto", "light", "dark"];
    this.state.theme = themes[(themes.indexOf(this.state.theme) + 1) % themes.length];
    this.recolor();
  },

  recolor() {
    this.applyTheme();
    this.showControls();
    showLegend(this);
    this.showSelection();
    this.currentTable?.render();
    this.time.update();
    this.graph.draw();
    this.saveHash();
  },

  /* From callees to callers of the same function, or back. */
  showOtherDirection(func) {
    this.setDirection(this.isInverted ? "down" : "up");
    const { nodes } = this.framesOf(func);
    if (nodes.length > 0) this.setZoom(nodes[0]);
    byId("graph").focus();
  },

  /* A function of the table in the flame graph: all its frames highlighted, the heaviest selected. */
  showFunction(func) {
    this.change({ view: "graph", search: queryOf(func), zoom: ROOT });
    const { nodes } = this.framesOf(func);
    if (nodes.length > 0) this.select(nodes[0]);
    byId("graph").focus();
  },

  /* Frames of just this function, heaviest first. */
  framesOf(func) {
    const exact = new Search("", this.profile.functions);
    exact.isMatch[func.index] = 1;
    return exact.topmost(this.layout);
  },

  copyStack(node) {
    if (node > ROOT) copyText(stackText(this, node));
  },

  buildTypes() {
    const { types, heap } = this.profile;
    const named = HEAP_MEASURES.filter(({ key }) => heap?.typeOf.has(key));
    const options = heap ? named.map(({ key, title }) => [heap.typeOf.get(key), title]) : [];
    types.forEach((type, index) => {
      if (!options.some(([known]) => known === index)) options.push([index, `${type.name} (${type.unit})`]);
    });
    byId("type").replaceChildren(...options.map(([index, title]) =>
      element("option", { value: String(index) }, title)));
  },

  connect() {
    const on = (id, action) => byId(id).addEventListener("click", action);
    on("tab-graph", () => this.change({ view: "graph" }));
    for (const view of ["table", "types", "sites"]) on(`tab-${view}`, () => this.change({ view }));
    on("top-down", () => this.setDirection("down"));
    on("bottom-up", () => this.setDirection("up"));
    on("icicle", () => this.change({ orientation: "icicle" }));
    on("flame", () => this.change({ orientation: "flame" }));
    on("previous-match", () => this.stepMatch(-1));
    on("next-match", () => this.stepMatch(1));
    on("theme", () => this.cycleTheme());
    on("help-open", () => byId("help").showModal());
    byId("type").onchange = (event) => this.change({ type: Number(event.target.value) });
    byId("short-names").onchange = (event) => this.change({ names: event.target.checked ? "short" : "full" });
    byId("allocators").onchange = (event) =>
      this.change({ allocators: event.target.checked ? "shown" : "hidden", zoom: ROOT });
    byId("search").oninput = (event) => this.setSearch(event.target.value);
    this.systemTheme.addEventListener("change", () => this.recolor());
    window.addEventListener("hashchange", () => this.change(readHash(location.hash, this.profile)));
    window.addEventListener("beforeprint", () => this.preparePrint(true));
    window.addEventListener("afterprint", () => this.preparePrint(false));
    this.connectPointer();
    installKeys(this);
  },

  connectPointer() {
    const canvas = byId("graph");
    const nodeUnder = (event) => {
      const { left, top } = canvas.getBoundingClientRect();
      return this.graph.nodeAt(event.clientX - left, event.clientY - top);
    };
    const hover = (event, node) => {
      if (node !== this.graph.hovered) {
        this.graph.hovered = node;
        this.graph.schedule();
      }
      canvas.classList.toggle("over-frame", node >= 0);
      showTooltip(this, node, event.clientX, event.clientY);
    };
    canvas.addEventListener("pointermove", (event) => {
      if (event.pointerType !== "touch") hover(event, nodeUnder(event));
    });
    canvas.addEventListener("pointerleave", (event) => hover(event, -1));
    canvas.addEventListener("click", (event) => {
      const node = nodeUnder(event);
      showTooltip(this, -1);
      if (node >= 0) this.setZoom(node);
    });
    document.addEventListener("click", (event) => {
      if (!byId("threads").contains(event.target)) byId("threads").open = false;
    });
  },

  preparePrint(isPrinting) {
    this.isPrinting = isPrinting;
    this.graph.isPrinting = isPrinting;
    this.applyTheme();
    showLegend(this);
    this.graph.resize();
    if (isPrinting) this.print();
    else byId("print-table").replaceChildren();
  },

  /* Rows of tables that exist on paper, where nothing scrolls. */
  print() {
    const { table, types, sites } = this.tables;
    const part = (title, rows) => [element("h2", {}, title), ...rows];
    table.update();
    byId("print-table").replaceChildren(
      ...(types ? part("Types", types.printed(PRINTED_ROWS)) : []),
      ...(sites ? part("Sites", sites.printed(PRINTED_ROWS)) : []),
      ...part(`Functions by ${this.state.sort}`, table.printed(PRINTED_ROWS)));
  },
});
