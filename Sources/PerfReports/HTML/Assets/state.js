/* What is shown, kept in the address so that a link shows the same to someone else. */

const DEFAULT_STATE = {
  view: "graph",
  direction: "down",
  orientation: "icicle",
  type: -1,
  zoom: ROOT,
  search: "",
  hiddenThreads: [],
  window: null,
  names: "short",
  theme: "auto",
  sort: "self",
  "sort-types": "live_bytes",
  "sort-sites": "live_bytes",
  /* Frames of the allocator and the runtime between a type and the function that it is put down to. */
  allocators: "hidden",
};

function writeHash(state, profile) {
  const parameters = new URLSearchParams();
  for (const key of ["view", "direction", "orientation", "names", "theme", "search", "sort",
    "sort-types", "sort-sites", "allocators"]) {
    if (state[key] !== DEFAULT_STATE[key]) parameters.set(key, state[key]);
  }
  if (state.type !== profile.defaultType) parameters.set("type", profile.types[state.type].name);
  if (state.zoom !== ROOT) parameters.set("zoom", state.zoom);
  if (state.hiddenThreads.length > 0) parameters.set("hide-threads", state.hiddenThreads.join("."));
  if (state.window) parameters.set("time", profile.timeline.windowText(state.window));
  return parameters.toString();
}

/* Whatever stands in the address, the state is one that can be shown. */
function readHash(hash, profile) {
  const parameters = new URLSearchParams(hash.replace(/^#/, ""));
  const choice = (key, values) => (values.includes(parameters.get(key)) ? parameters.get(key) : DEFAULT_STATE[key]);
  const type = profile.types.findIndex((candidate) => candidate.name === parameters.get("type"));
  const zoom = Number(parameters.get("zoom") ?? ROOT);
  const hidden = (parameters.get("hide-threads") ?? "").split(".").filter((part) => /^\d+$/.test(part)).map(Number);
  return {
    view: choice("view", profile.heap ? ["graph", "table", "types", "sites"] : ["graph", "table"]),
    direction: choice("direction", ["down", "up"]),
    orientation: choice("orientation", ["icicle", "flame"]),
    names: choice("names", ["short", "full"]),
    theme: choice("theme", ["auto", "light", "dark"]),
    sort: choice("sort", ["name", "module", "self", "total", "before", "after"]),
    "sort-types": choice("sort-types", TYPE_COLUMNS.map(({ key }) => key)),
    "sort-sites": choice("sort-sites", SITE_COLUMNS.map(({ key }) => key)),
    allocators: choice("allocators", ["hidden", "shown"]),
    search: parameters.get("search") ?? "",
    window: profile.timeline?.parseWindow(parameters.get("time")) ?? null,
    type: type >= 0 ? type : profile.defaultType,
    zoom: Number.isSafeInteger(zoom) && zoom >= 0 ? zoom : ROOT,
    hiddenThreads: hidden.filter((thread) => thread < profile.threads.length),
  };
}
