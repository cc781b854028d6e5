/* What was recorded, and every doubt about it: always in sight above the graph. */

function showHeader(profile) {
  const { summary } = profile;
  byId("target").textContent = summary.target || summary.source || "Profile";
  const { diff } = profile;
  byId("headline").hidden = !diff && !profile.heap;
  byId("help-difference").hidden = !diff;
  if (diff) {
    byId("headline").textContent = diff.headline;
    byId("target").textContent = "Difference of two profiles";
  }
  const facts = [];
  const add = (term, text) => {
    if (text) facts.push(...[element("div", {}, ...definition(term, text))]);
  };
  if (diff) {
    add("Before", diff.before);
    add("After", diff.after);
    add("Compared", diff.is_share === 1 ? "shares of the total" : diff.per.trim());
    add("Filter", summary.filter);
    byId("facts").replaceChildren(...facts);
    return;
  }
  // A heap recording has one for each stack and type: their number says nothing.
  add("Samples", profile.sampleCount > 0 && !profile.heap ? formatCount(profile.sampleCount) : "");
  add("Duration", summary.duration_ns > 0 ? formatValue(summary.duration_ns, "nanoseconds") : "");
  add("Event", profile.heap ? summary.event : eventText(summary));
  add("Unwind", summary.unwind);
  add("Recorded", summary.started_at_ms > 0 ? formatDate(summary.started_at_ms) : "");
  add("Host", [summary.host, summary.system, summary.cpu].filter(Boolean).join(" · "));
  add("Filter", summary.filter);
  add("Tool", summary.tool);
  add("Comment", summary.comments.join(" · "));
  byId("facts").replaceChildren(...facts);
}

function eventText({ event, frequency_hz: frequency, clock }) {
  const rate = frequency > 0 ? ` at ${formatCount(frequency)} Hz` : "";
  const kind = clock && clock !== event ? ` (${clock})` : "";
  return event ? event + rate + kind : clock;
}

function showNotices(profile) {
  const place = byId("notices");
  place.hidden = profile.notices.length === 0;
  place.replaceChildren(element("ul", {}, ...profile.notices.map(({ message, remedy }) =>
    element("li", {}, element("span", { className: "message" }, message),
      remedy ? element("span", { className: "remedy" }, remedy) : null))));
}

/* Categories with their share of self: the colours explained, and a first answer. */
function showLegend(app) {
  const { profile, totals, measures } = app;
  if (app.difference) {
    byId("legend").replaceChildren(...app.difference.legend());
    return;
  }
  const shares = new Float64Array(profile.categories.length);
  for (const func of profile.functions) shares[func.category] += totals.self[func.index];
  const isTip = (category) => category === TYPE_CATEGORY || category === RAW_CATEGORY;
  const items = profile.categories
    .map((title, category) => ({ title, category, share: shares[category] }))
    .filter(({ category }) => profile.functions.some((func) => func.category === category))
    .sort((a, b) => isTip(b.category) - isTip(a.category));
  const heading = element("li", {}, profile.heap ? "Colours:" : "Self:");
  byId("legend").replaceChildren(heading, ...items.map(({ title, category, share }) => {
    // In a heap recording, all of it is of types; whose code allocated them is counted beside that.
    const isCounted = !profile.heap || isTip(category);
    return element("li", {}, swatch(app, { category }), `${title} `,
      isCounted ? element("b", {}, formatShare(measures.share(share))) : null);
  }), profile.nodes.inlined.includes(1)
    ? element("li", {}, element("span", { className: "swatch inlined" }), "inlined") : "");
}
