// What the widgets share: the parts of a page, keys, and play.

import { watch } from "./common.js";

export function element(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(properties)) {
    if (key in node && key !== "role") node[key] = value;
    else node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

export const button = (text, press, more = {}) =>
  element("button", { type: "button", onclick: press, ...more }, ...[text].flat());

export const figure = (caption, ...parts) =>
  element("figure", {}, element("figcaption", {}, ...[caption].flat()), ...parts);

export const row = (...parts) => element("div", { className: "row" }, ...parts);

// Where a key leads in a grid; null for other keys.
export function moved(key, [row, column], rows, columns) {
  const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  if (key === "Home") return [0, 0];
  if (key === "End") return [rows - 1, columns - 1];
  if (!steps[key]) return null;
  const within = (place, count) => Math.max(0, Math.min(count - 1, place));
  return [within(row + steps[key][0], rows), within(column + steps[key][1], columns)];
}

// The next cell of a grid, row by row, and from the last to the first.
export function nextCell([row, column], [rows, columns]) {
  const next = (row * columns + column + 1) % (rows * columns);
  return [Math.floor(next / columns), next % columns];
}

// Act on keys. What returns false was none of ours, and goes on to the page around.
export function onKeys(node, act) {
  node.addEventListener("keydown", (event) => {
    if (act(event.key, event) === false) return;
    event.preventDefault();
    event.stopPropagation();
  });
}

// Arrow keys, Home and End move in a grid, space plays, Escape stops.
export function gridKeys(node, { position, shape, go, toggle, stop }) {
  onKeys(node, (key) => {
    const next = moved(key, position(), ...shape());
    if (key === "Escape") stop();
    if (next) go(next);
    else if (key === " ") toggle();
    else return false;
  });
}

// Act where the pointer is, pressed or not.
export function onPointer(node, act) {
  for (const kind of ["pointermove", "pointerdown"]) node.addEventListener(kind, act);
}

export const calm = () => globalThis.matchMedia?.("(prefers-reduced-motion: reduce)").matches ?? false;

// A button that takes a step now and then, until it is pressed again. `hush` hears when it begins and ends.
export function player(step, milliseconds, hush = () => {}) {
  let timer;
  const node = button("Play", () => play(!timer), { "aria-pressed": "false" });
  function play(on) {
    if (on !== Boolean(timer)) hush(on);
    clearInterval(timer);
    timer = on ? setInterval(step, calm() ? Math.max(1000, 2.5 * milliseconds) : milliseconds) : undefined;
    node.textContent = on ? "Stop" : "Play";
    node.setAttribute("aria-pressed", String(on));
  }
  return { node, play, toggle: () => play(!timer), stop: () => play(false) };
}

const BUSY =
  "The kernel is busy: it answers as soon as it is free. If you have restarted it, run this cell again.";
const LOST =
  "This view has no kernel any more: it was restarted, or has ended. To go on, run this cell again.";
const KEPT = ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End", "PageUp", "PageDown"];

// The notebook around has its own use for keys that buttons, sliders and lists need.
function keepKeys(event) {
  const alone = !event.ctrlKey && !event.metaKey && !event.altKey && !event.shiftKey;
  if (KEPT.includes(event.key) || (alone && [" ", "Enter"].includes(event.key))) event.stopPropagation();
}

// Notebook 7 takes them before they reach a view, but from nothing with this mark.
function markFocus({ target }) {
  if (document.body.dataset.notebook) target.dataset.lmSuppressShortcuts = "true";
}

const SETTLED = 150; // milliseconds after the end of play: the last picture is drawn by then

// What a widget says. Of its parts only those that change are read aloud. During play nothing is, and in
// the end the last words are, by a line of their own: what is there already is not read.
export function speech() {
  const shown = element("div", { className: "says", "aria-live": "polite" });
  const last = element("div", { className: "hidden-text", "aria-live": "polite" });
  const spans = [];
  let told = "", canvases = [], quiet = false, timer;
  const describe = () => canvases.forEach((each) => each.setAttribute("aria-description", told));

  // text: one sentence, or several parts; at: the canvases that they describe
  function say(text, at = []) {
    const parts = [text].flat(), now = parts.filter(Boolean).join(" ");
    canvases = at;
    if (now !== told) last.textContent = "";
    while (spans.length < parts.length) shown.append(spans[spans.push(element("span", {})) - 1]);
    spans.forEach((span, i) => {
      const words = parts[i] ? `${i ? " " : ""}${parts[i]}` : "";
      if (span.textContent !== words) span.textContent = words;
    });
    told = now;
    if (!quiet) describe();
  }

  function hush(on) {
    clearTimeout(timer);
    quiet = true;
    shown.setAttribute("aria-live", "off");
    if (on) return;
    timer = setTimeout(() => {
      quiet = false;
      shown.setAttribute("aria-live", "polite");
      last.textContent = told;
      describe();
    }, SETTLED);
  }
  return { nodes: [shown, last], say, hush, stop: () => clearTimeout(timer) };
}

// The frame of every widget: what it says, what went wrong, and how it stands with the kernel. `changed`
// is called when the kernel is lost, or found again.
export function frame(root, model, name, changed = () => {}) {
  const words = speech();
  const error = element("div", { className: "error", role: "alert" });
  const notice = element("div", { className: "notice", role: "status" });
  const body = element("div", {});
  // Jupyter marks a view that never had a kernel, and tells when it goes: the listener is called as a
  // method of the view, the only one who knows which. Elsewhere `BUSY` says what to do.
  let waits = false, gone = root.classList.contains("jupyter-widgets-disconnected");
  const tell = () => (notice.textContent = gone ? LOST : waits ? BUSY : "");
  function connection() {
    gone = this?.model?.comm_live === false;
    tell();
    changed();
  }
  root.classList.add("cnn-lab");
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", name);
  root.replaceChildren(body, ...words.nodes, error, notice);
  root.addEventListener("keydown", keepKeys);
  root.addEventListener("focusin", markFocus);
  const showError = () => (error.textContent = model.get("error"));
  const unwatch = watch(model, ["error", "ack"], showError);
  model.on("comm_live_update", connection);
  showError();
  tell();
  const stop = () => {
    words.stop();
    model.off("comm_live_update", connection);
    root.removeEventListener("keydown", keepKeys);
    root.removeEventListener("focusin", markFocus);
  };
  return {
    body,
    lost: () => gone,
    say: words.say,
    player: (step, milliseconds) => player(step, milliseconds, words.hush),
    wait: (on) => tell(waits = on),
    ending: (...stops) => () => [...stops, unwatch, stop].forEach((end) => end()), // what ends a view
  };
}
