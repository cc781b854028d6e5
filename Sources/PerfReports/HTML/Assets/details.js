/* The tooltip, and the panel about the selected frame. */

/* Callers of very deep stacks that the panel lists; the copied stack has them all. */
const MAX_LISTED_FRAMES = 400;
const OVERVIEW_FUNCTIONS = 15;

function frameTitle(app, node) {
  if (node === ROOT) return "All stacks";
  return app.functionOf(node).name;
}

function frameOrigin(app, node) {
  if (node === ROOT) return [];
  const func = app.functionOf(node);
  const line = app.tree.line[node];
  if (func.category === TYPE_CATEGORY) return ["type of what was allocated"];
  if (func.category === RAW_CATEGORY) return ["no Swift object: C, C++, raw buffers"];
  return [
    func.module,
    formatSource(func.file, line || func.line),
    app.tree.inlined[node] ? "inlined into its caller" : "",
  ].filter((text) => text !== "");
}

function showTooltip(app, node, x, y) {
  const tooltip = byId("tooltip");
  tooltip.hidden = node < 0;
  if (node < 0) return;
  tooltip.replaceChildren(
    element("div", { className: "name" }, frameTitle(app, node)),
    ...frameOrigin(app, node).map((text) => element("div", { className: "origin" }, text)),
    measureTable(measureLines(app, node)));
  place(tooltip, x, y);
}

function measureLines(app, node) {
  if (app.difference) return app.difference.lines(node, app.isInverted);
  return app.measures.lines(node, app.state.zoom, app.isInverted);
}

/* Beside the pointer, inside the window. */
function place(tooltip, x, y) {
  const { width, height } = tooltip.getBoundingClientRect();
  const left = x + 14 + width > window.innerWidth ? x - width - 10 : x + 14;
  const top = y + 18 + height > window.innerHeight ? y - height - 10 : y + 18;
  tooltip.style.left = `${Math.max(left, 4)}px`;
  tooltip.style.top = `${Math.max(top, 4)}px`;
}

/* For people who hear the page: short, the most important first. */
function describe(app, node) {
  if (node < 0) return "";
  const { total, self } = app.layout.weights;
  if (app.difference) {
    const change = app.difference.node(node);
    const text = [app.difference.difference.changeText(change), app.difference.difference.verdict(change)];
    return [frameTitle(app, node), ...text, ...frameOrigin(app, node), `level ${app.tree.depth[node]}`].join(", ");
  }
  const share = `${formatShare(app.measures.share(total[node]))} total`;
  const own = app.isInverted || node === ROOT ? "" : `, ${formatShare(app.measures.share(self[node]))} self`;
  const level = `level ${app.tree.depth[node]}`;
  return `${frameTitle(app, node)}, ${share}${own}, ${[...frameOrigin(app, node), level].join(", ")}`;
}

function showDetails(app, node) {
  const panel = byId("details");
  panel.classList.toggle("overview", node < 0);
  if (node < 0) {
    panel.replaceChildren(...overview(app));
    return;
  }
  panel.replaceChildren(
    element("h2", {}, frameTitle(app, node)),
    ...frameOrigin(app, node).map((text) => element("div", { className: "origin" }, text)),
    measureTable([...measureLines(app, node), ...functionLines(app, node)]),
    ...heapDetails(app, node),
    actions(app, node),
    ...stackList(app, node));
}

/* While nothing is selected: where the self time is. */
function overview(app) {
  const { totals, measures, profile } = app;
  if (app.difference) return changeOverview(app);
  const hottest = profile.functions.filter((func) => totals.self[func.index] > 0 && (!profile.heap || func.isTip))
    .sort((a, b) => totals.self[b.index] - totals.self[a.index]).slice(0, OVERVIEW_FUNCTIONS);
  return [
    element("h2", {}, profile.heap ? heapTitle(app) : "Highest by self"),
    element("ol", { className: "stack" }, ...hottest.map((func) => element("li", {},
      element("button", { type: "button", title: func.name, onclick: () => app.showFunction(func) },
        swatch(app, func), element("span", { className: "grow" }, app.displayName(func)),
        profile.heap ? ownValue(app, func) : null,
        element("span", { className: "share" }, formatShare(measures.share(totals.self[func.index]))))))),
    ...heapOwners(app),
    element("p", { className: "hint" },
      "Click a frame, or move to it with the arrow keys, for its numbers and its stack."),
  ];
}

/* The same of a difference: what changed by itself. */
function changeOverview(app) {
  const { difference } = app.difference;
  return [
    element("h2", {}, "Largest changes by self"),
    element("ol", { className: "stack" }, ...app.difference.largest(OVERVIEW_FUNCTIONS).map(({ func, change }) =>
      element("li", {}, element("button", { type: "button", title: func.name, onclick: () => app.showFunction(func) },
        swatch(app, func), element("span", { className: "grow" }, app.displayName(func)),
        element("span", { className: "share" }, difference.changeText(change)))))),
    element("p", { className: "hint" },
      "Grey is within noise. Click a frame, or move to it with the arrow keys, for its numbers and its stack."),
  ];
}

/* The function as a whole, wherever it was called from. */
function functionLines(app, node) {
  if (node === ROOT) return [];
  const { totals, measures } = app;
  const index = app.tree.functionIndex[node];
  if (app.difference) return app.difference.functionLines(index);
  if (app.profile.functions[index].isTip) {
    const inAll = measures.functionEstimate("total", index, totals);
    return [["Type, in all", inAll, measures.shareText(totals.total[index])]];
  }
  return [
    ["Function, total", measures.functionEstimate("total", index, totals), measures.shareText(totals.total[index])],
    ["Function, self", measures.functionEstimate("self", index, totals), measures.shareText(totals.self[index])],
  ];
}

function actions(app, node) {
  if (node === ROOT) return null;
  const func = app.functionOf(node);
  const other = !app.isInverted ? "Show its callers" : func.isTip ? "Show in the whole" : "Show what it calls";
  return element("div", { className: "actions" },
    element("button", { type: "button", id: "copy-stack", onclick: () => app.copyStack(node) }, "Copy stack"),
    element("button", { type: "button", onclick: () => copyText(func.name) }, "Copy name"),
    element("button", { type: "button", onclick: () => app.setSearch(queryOf(func)) }, "Highlight all"),
    element("button", { type: "button", onclick: () => app.showOtherDirection(func) }, other));
}

function stackList(app, node) {
  const path = pathTo(app.tree, node).reverse();
  if (path.length < 2) return [];
  const shown = path.slice(0, MAX_LISTED_FRAMES);
  const items = shown.map((frame) => element("li", {},
    element("button", { type: "button", title: app.functionOf(frame).name, onclick: () => app.select(frame) },
      swatch(app, app.functionOf(frame)), app.displayName(app.functionOf(frame)))));
  if (path.length > shown.length) items.push(element("li", {}, `… and ${path.length - shown.length} more`));
  return [
    element("h3", {}, app.isInverted ? "Called by, up to the function itself" : "Stack, innermost first"),
    element("ol", { className: "stack" }, ...items),
  ];
}

function swatch(app, func) {
  const result = element("span", { className: "swatch" });
  result.style.backgroundColor = app.difference
    ? app.palette.change(app.difference.functionStrength(func.index)) : app.palette.swatch(func.category);
  return result;
}

/* One line per frame, innermost first, as debuggers print stacks. */
function stackText(app, node) {
  const path = pathTo(app.tree, node);
  if (!app.isInverted) path.reverse();
  return path.map((frame) => {
    const func = app.functionOf(frame);
    const source = formatSource(func.file, app.tree.line[frame] || func.line);
    const inlined = app.tree.inlined[frame] ? " (inlined)" : "";
    return func.name + (source ? ` at ${source}` : "") + (func.module ? ` [${baseName(func.module)}]` : "") + inlined;
  }).join("\n") + "\n";
}
