/* The only way elements are made here: text is always text, never markup. */

function byId(id) {
  return document.getElementById(id);
}

/* element("button", { className: "x", onclick }, "text", child…) */
function element(tag, properties = {}, ...children) {
  const result = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in result) result[name] = value;
    else result.setAttribute(name, value);
  }
  result.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return result;
}

function definition(term, ...values) {
  return [element("dt", {}, term), element("dd", {}, ...values)];
}

function setPressed(button, isPressed) {
  button.setAttribute("aria-pressed", String(isPressed));
}

let toastTimer = 0;

function toast(message) {
  const place = byId("toast");
  place.textContent = message;
  place.classList.add("shown");
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => place.classList.remove("shown"), 2500);
}

/* The clipboard, or the older way where a browser keeps it from local files. */
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch (error) {
    const area = element("textarea", { value: text, className: "unseen" });
    document.body.append(area);
    area.select();
    const isCopied = document.execCommand("copy");
    area.remove();
    if (!isCopied) {
      toast(`The browser did not allow copying: ${error.message}`);
      return;
    }
  }
  toast("Copied");
}
