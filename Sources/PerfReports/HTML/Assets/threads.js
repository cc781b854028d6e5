/* The list of threads with their shares. */

class ThreadFilter {
  constructor(app) {
    this.app = app;
    this.boxes = [];
    byId("threads").hidden = app.profile.threads.length < 2;
    byId("threads-all").onclick = () => this.setShown(true);
    byId("threads-none").onclick = () => this.setShown(false);
    byId("threads-filter").oninput = () => this.filter();
  }

  /* The threads by weight in the shown sample type. */
  build() {
    const { profile, state } = this.app;
    const totals = new Float64Array(profile.threads.length);
    const values = profile.rows.values[state.type] ?? [];
    for (let row = 0; row < values.length; row++) totals[profile.rows.thread[row]] += values[row];
    const all = sum(totals);
    const order = [...totals.keys()].sort((a, b) => totals[b] - totals[a] || a - b);
    const hasProcesses = new Set(profile.threads.map((thread) => thread.pid)).size > 1;
    this.boxes = [];
    byId("thread-list").replaceChildren(...order.map((thread) => {
      const box = element("input", { type: "checkbox", value: String(thread), onchange: () => this.changed() });
      this.boxes.push(box);
      return element("li", {}, element("label", {}, box,
        element("span", { className: "thread" }, threadName(profile.threads[thread], hasProcesses)),
        element("span", { className: "share" }, formatShare(totals[thread] / all))));
    }));
    this.update();
  }

  update() {
    const hidden = new Set(this.app.state.hiddenThreads);
    for (const box of this.boxes) box.checked = !hidden.has(Number(box.value));
    const count = this.app.profile.threads.length;
    byId("threads-summary").textContent =
      hidden.size === 0 ? `Threads: all ${count}` : `Threads: ${count - hidden.size} of ${count}`;
    byId("threads").classList.toggle("active", hidden.size > 0);
  }

  changed() {
    this.app.setHiddenThreads(this.boxes.filter((box) => !box.checked).map((box) => Number(box.value)));
  }

  /* All or none of those that the filter leaves in sight. */
  setShown(isShown) {
    for (const box of this.boxes) {
      if (!box.closest("li").hidden) box.checked = isShown;
    }
    this.changed();
  }

  filter() {
    const text = byId("threads-filter").value.toLowerCase();
    for (const item of byId("thread-list").children) {
      item.hidden = !item.querySelector(".thread").textContent.toLowerCase().includes(text);
    }
  }
}

function threadName(thread, hasProcesses) {
  const id = thread.tid === undefined ? "" : ` (${thread.tid})`;
  const process = hasProcesses && (thread.process || thread.pid !== undefined)
    ? ` · ${thread.process || "pid"} ${thread.pid ?? ""}` : "";
  return (thread.name || "thread") + id + process;
}
