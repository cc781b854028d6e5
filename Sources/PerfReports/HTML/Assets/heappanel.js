/* Above the flame graph of a heap recording: what was found in one sentence, memory over time, and what it is. */

class HeapPanel {
  constructor(app) {
    this.app = app;
    const { heap } = app.profile;
    byId("heap-panel").hidden = !heap;
    byId("allocators-label").hidden = !heap;
    for (const id of ["tab-types", "tab-sites"]) byId(id).hidden = !heap;
    if (!heap) return;
    byId("heap-totals").hidden = false;
    byId("headline").textContent = heap.verdict;
    byId("heap-totals").textContent = `${heap.totals.charAt(0).toUpperCase()}${heap.totals.slice(1)}.`;
    byId("help-heap").hidden = false;
    byId("help-flame").hidden = byId("help-interval").hidden = true;
    byId("help-sampled").hidden = !heap.isSampled;
    byId("search").placeholder = "Search: function or type, regex, type:Array";
    byId("search").setAttribute("aria-label", "Search functions and types");
    byId("top-down").title = "Callers first: on whose behalf memory is kept (b)";
    byId("bottom-up").title = "Types first, with who allocated them (b)";
    this.chart = new HeapChart(app);
    this.showMemory(heap.memory);
    const isNothing = !this.chart.isShown && !heap.memory;
    byId("heap-panel").hidden = isNothing && !heap.is_filtered;
    byId("heap-filtered").hidden = !heap.is_filtered;
  }

  /* The parts of resident memory, and why it may not fall. */
  showMemory(memory) {
    byId("memory-use").hidden = !memory;
    if (!memory) return;
    byId("memory-heading").textContent = memory.heading;
    byId("memory-parts").replaceChildren(...memory.bytes.map((bytes, index) => {
      const bar = element("span", { className: "bar" });
      bar.style.width = `${Math.min((bytes / memory.resident) * 100, 100)}%`;
      return element("tr", {},
        element("td", { className: "share" }, bar, element("span", {}, partText(bytes / memory.resident))),
        element("td", { className: "value" }, formatValue(bytes, "bytes")), element("td", {}, memory.what[index]));
    }));
    const notes = [];
    if (memory.judgement) {
      notes.push(element("p", { className: "judgement" }, memory.judgement,
        element("span", { className: "remedy" }, memory.remedy)));
    }
    if (memory.tracker > 0) {
      notes.push(element("p", { className: "hint" },
        `Not counted: ${formatValue(memory.tracker, "bytes")} that the tracker itself takes.`));
    }
    byId("memory-notes").replaceChildren(...notes);
  }
}

/* What is there but rounds to nothing is said to be there. */
function partText(share) {
  return share > 0 && share < 0.0005 ? "<0.1%" : formatShare(share);
}

/* What every way of counting says of a frame of a heap recording. */
function heapLines(app, node) {
  const { profile } = app;
  const { sums, errors } = valuesBelow(app, node);
  return HEAP_MEASURES.filter(({ key }) => profile.heap.typeOf.has(key)).map(({ key, column }) => {
    const type = profile.heap.typeOf.get(key);
    const { unit } = profile.types[type];
    return [column, formatValue(sums[type], unit) + errorText(errors[type], sums[type], unit), ""];
  });
}

/* Errors below this share of a value are not worth a reader's time: large blocks are all sampled. */
const SHOWN_ERROR = 0.001;

/* " ±1.2 KiB"; nothing where nothing was estimated. */
function errorText(error, value, unit) {
  if (!(error > value * SHOWN_ERROR)) return "";
  return ` ±${formatValue(Math.max(Math.round(error), 1), unit).replace(/ blocks$/, "")}`;
}

/* "±12%" */
function relativeErrorText(error, value) {
  const share = error / value;
  if (share > 1) return "±>100%";
  return share > SHOWN_ERROR ? `±${share < 0.0095 ? formatPercent(share) : Math.round(share * 100)}%` : "";
}

const LISTED_TYPES = 12;

/* The types that a frame's functions have allocated, most first, as the flame graph counts them now. */
function typesBelow(app, node) {
  const { tree, measures, profile } = app;
  if (app.isInverted || (node !== ROOT && app.functionOf(node).isTip)) return [];
  const { end } = valuesBelow(app, node);
  const totals = new Map();
  for (let at = node + 1; at < end; at++) {
    const func = profile.functions[tree.functionIndex[at]];
    const value = app.layout.weights.total[at];
    if (func.isTip && value > 0) totals.set(func, (totals.get(func) ?? 0) + value);
  }
  const order = [...totals].sort((a, b) => b[1] - a[1]);
  if (order.length === 0) return [];
  const more = order.length - LISTED_TYPES;
  return [
    element("h3", {}, "Types allocated here and in what it calls"),
    element("ol", { className: "stack" }, ...order.slice(0, LISTED_TYPES).map(([func, value]) => element("li", {},
      element("button", { type: "button", title: func.name, onclick: () => app.setSearch(queryOf(func)) },
        swatch(app, func), element("span", { className: "grow" }, app.displayName(func)),
        element("span", { className: "share" }, measures.value(value))))),
    more > 0 ? element("li", { className: "hint" }, `and ${formatCount(more)} more`) : null),
  ];
}

/* What the panel says of a frame of a heap recording beside the chosen measure. */
function heapDetails(app, node) {
  if (!app.profile.heap) return [];
  const all = app.isInverted ? [] : [element("h3", {}, "Counted in every way"), measureTable(heapLines(app, node))];
  return [...all, ...typesBelow(app, node)];
}

/* What a function or a type has itself, and how sure that is. */
function ownValue(app, func) {
  const error = app.measures.functionError("self", func.index, app.totals);
  return element("span", { className: "value" }, app.measures.value(app.totals.self[func.index]),
    error ? element("span", { className: "error" }, ` ${error}`) : null);
}

function heapTitle(app) {
  const { column } = HEAP_MEASURES.find(({ key }) => key === app.type?.name) ?? { column: "All" };
  return `${column}, by type`;
}

/* While nothing is selected: which functions allocated what is shown. */
function heapOwners(app) {
  const { profile, totals, measures } = app;
  if (!profile.heap) return [];
  const owners = profile.functions.filter((func) => !func.isTip && totals.self[func.index] > 0)
    .sort((a, b) => totals.self[b.index] - totals.self[a.index]).slice(0, LISTED_TYPES);
  const note = peakNote(app);
  return [
    note ? element("p", { className: "hint" }, note) : null,
    element("h3", {}, "By the function that allocated it"),
    element("ol", { className: "stack" }, ...owners.map((func) => element("li", {},
      element("button", { type: "button", title: func.name, onclick: () => app.showFunction(func) },
        swatch(app, func), element("span", { className: "grow" }, app.displayName(func)),
        ownValue(app, func),
        element("span", { className: "share" }, formatShare(measures.share(totals.self[func.index]))))))),
  ].filter((part) => part !== null);
}

/* When it was that the stacks of the peak were as they are shown. */
function peakNote(app) {
  const { peak_bytes: peak, peak_copied_bytes: copied, processes } = app.profile.heap;
  if (app.type?.name !== "peak_space") return "";
  if (processes > 1) return `The peaks of ${formatCount(processes)} processes, each at its own time.`;
  if (copied >= peak || copied === 0) return "";
  const whole = formatValue(peak, "bytes");
  return `Stacks as they were at ${formatValue(copied, "bytes")}, just before the peak of ${whole}.`;
}
