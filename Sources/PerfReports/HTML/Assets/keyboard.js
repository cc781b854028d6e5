/* Keys of the whole page and of the focused graph. */

function installKeys(app) {
  document.addEventListener("keydown", (event) => onPageKey(app, event));
  byId("graph").addEventListener("keydown", (event) => onGraphKey(app, event));
  byId("search").addEventListener("keydown", (event) => {
    if (event.key === "Enter") app.stepMatch(event.shiftKey ? -1 : 1);
    else if (event.key === "Escape") app.leaveSearch();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
}

function onPageKey(app, event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (byId("help").open) return;
  const isTyping = event.target.matches("input:not([type=checkbox]), select, textarea");
  const actions = {
    "/": () => byId("search").select(),
    "?": () => byId("help").showModal(),
    b: () => app.toggleDirection(),
    f: () => app.toggleOrientation(),
    t: () => app.toggleView(),
    w: () => app.focusTime(),
    n: () => app.stepMatch(1),
    N: () => app.stepMatch(-1),
    c: () => app.copyStack(app.graph.selected),
    Escape: () => app.escape(),
    Backspace: () => app.zoomOut(),
  };
  if (isTyping || !Object.hasOwn(actions, event.key)) return;
  event.preventDefault();
  actions[event.key]();
}

function onGraphKey(app, event) {
  if (event.ctrlKey || event.metaKey || event.altKey || app.layout.rows.length === 0) return;
  const towardsLeaves = app.state.orientation === "flame" ? "ArrowUp" : "ArrowDown";
  const towardsRoot = app.state.orientation === "flame" ? "ArrowDown" : "ArrowUp";
  const actions = {
    [towardsLeaves]: (node) => app.layout.heaviestChild(node),
    [towardsRoot]: (node) => app.tree.parent[node],
    ArrowLeft: (node) => app.neighbour(node, -1),
    ArrowRight: (node) => app.neighbour(node, 1),
    Home: () => app.state.zoom,
  };
  if (event.key === "Enter" || event.key === " ") {
    if (app.graph.selected >= 0) app.setZoom(app.graph.selected);
  } else if (Object.hasOwn(actions, event.key)) {
    const from = app.graph.selected;
    const next = from < 0 ? app.state.zoom : actions[event.key](from);
    if (next >= 0) app.select(next);
  } else {
    return;
  }
  event.preventDefault();
}
