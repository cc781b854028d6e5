/* Last in order: everything else is defined. */

function start() {
  try {
    const app = new App(new Profile(JSON.parse(byId("profile").textContent)));
    app.start();
    // For a look from the browser's console.
    window.perfdoctor = app;
  } catch (error) {
    byId("empty").hidden = false;
    byId("empty").textContent = `This page could not show its data: ${error.message}`;
    throw error;
  }
}

start();
