import { array, everyFrame, packed, requests, watch, written } from "./common.js";
import { button, element, figure, frame, moved, onKeys, row } from "./controls.js";
import { Grid, putGrey } from "./grid.js";

const SIDE = 280, RADIUS = 12; // pixels of ink of the pad; of the pen, for strokes as thick as MNIST's

// Draw from one point [x, y] to another, both from 0 to 1, on side × side bytes of ink, antialiased.
export function drawLine(ink, [x0, y0], [x1, y1], side = SIDE, radius = RADIUS) {
  const [ax, ay, bx, by] = [x0, y0, x1, y1].map((v) => v * side);
  const long = (bx - ax) ** 2 + (by - ay) ** 2 || 1;
  const within = (v) => Math.max(0, Math.min(side, Math.floor(v)));
  const span = (a, b) => [Math.min(a, b) - radius - 1, Math.max(a, b) + radius + 2].map(within);
  const [left, right] = span(ax, bx), [top, bottom] = span(ay, by);
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const dx = x + 0.5 - ax, dy = y + 0.5 - ay;
      const t = Math.max(0, Math.min(1, (dx * (bx - ax) + dy * (by - ay)) / long));
      const distance = Math.hypot(dx - t * (bx - ax), dy - t * (by - ay));
      const covered = Math.round(255 * Math.max(0, Math.min(1, radius + 0.5 - distance)));
      if (covered > ink[y * side + x]) ink[y * side + x] = covered;
    }
  }
}

// A picture of 28 × 28 bytes as ink.
export function enlarged(picture, side = SIDE) {
  const small = (i) => Math.floor((28 * i) / side);
  const pixel = (_, i) => picture[28 * small(Math.floor(i / side)) + small(i % side)];
  return Uint8Array.from({ length: side * side }, pixel);
}

// The box around all ink: [top, left, height, width]; null on a blank pad.
export function box(ink, side) {
  let top = side, left = side, bottom = -1, right = -1;
  for (let i = 0; i < ink.length; i++) {
    if (!ink[i]) continue;
    bottom = Math.floor(i / side);
    [top, left, right] = [Math.min(top, bottom), Math.min(left, i % side), Math.max(right, i % side)];
  }
  return bottom < 0 ? null : [top, left, bottom - top + 1, right - left + 1];
}

// Ink as MNIST's pictures were made: the box around it scaled to 20 × 20, its proportions kept, pixels
// averaged, and moved by whole pixels until the centre of mass lies in the pixel (14, 14) of 28 × 28.
export function asMnist(ink, side = SIDE) {
  const picture = new Uint8Array(784), found = box(ink, side);
  if (!found) return picture;
  const [top, left, height, width] = found, scale = 20 / Math.max(height, width);
  const [rows, columns] = [height, width].map((n) => Math.max(1, Math.round(n * scale)));
  const row = (i) => Math.floor(i / columns), column = (i) => i % columns;
  const range = (k, n, m) => [0, 1].map((j) => Math.min(n, Math.floor(((k + j) * n) / m) + (n < m ? j : 0)));
  const small = new Float64Array(rows * columns);
  for (let i = 0; i < small.length; i++) {
    const [y0, y1] = range(row(i), height, rows), [x0, x1] = range(column(i), width, columns);
    let sum = 0, count = 0;
    for (let y = y0; y < y1; y++) {
      for (let x = x0; x < x1; x++, count++) sum += ink[(top + y) * side + left + x];
    }
    small[i] = sum / count;
  }
  const mass = small.reduce((a, b) => a + b, 0);
  const centre = (along) => small.reduce((sum, v, i) => sum + v * (along(i) + 0.5), 0) / mass;
  const start = (place, extent) => Math.max(0, Math.min(28 - extent, 14 - Math.floor(place)));
  const y = start(centre(row), rows), x = start(centre(column), columns);
  small.forEach((v, i) => (picture[(y + row(i)) * 28 + x + column(i)] = Math.round(v)));
  return picture;
}

const rounded = (p) => p > 0.995 && p < 1 ? Math.min(99.9, 100 * p).toFixed(1) : Math.round(100 * p);
export const percent = (p) => p < 0.005 ? "under 1 %" : `${rounded(p)} %`;

// What the network says, in words: its first and its second choice.
export function guess(probabilities, names) {
  const order = [...probabilities.keys()].sort((a, b) => probabilities[b] - probabilities[a]);
  const [first, second] = order.map((i) => `${names[i]}, ${percent(probabilities[i])}`);
  return probabilities[order[0]] >= 0.5
    ? `It is ${first}; next ${second}.`
    : `Not sure: perhaps ${first}, or ${second}.`;
}

// Where the cursor is, counted from 0, and what is under it.
export function whereabouts([row, column], ink, pen) {
  const under = ink[(10 * row + 5) * SIDE + 10 * column + 5] > 127 ? "ink" : "paper"; // 10 dots to a pixel
  return `Row ${row}, column ${column} of 0 to 27, on ${under}, pen ${pen ? "down" : "up"}.`;
}

const picture = (rows, columns, size, label, ramp) => new Grid({ rows, columns, size, label, ramp });

// One bar for each class; returns a function that sets them.
function bars(names, table) {
  const rows = names.map((name) => {
    const bar = element("div", { style: "height: 14px; background: currentColor" });
    const number = element("td", { style: "border: 0; text-align: right; min-width: 80px" });
    const head = element("th", { scope: "row", textContent: name.replace(/^an? /, ""), style: "border: 0" });
    table.append(element("tr", {}, head, number, element("td", { style: "border: 0; width: 130px" }, bar)));
    return { bar, number };
  });
  return (p) =>
    rows.forEach(({ bar, number }, i) => {
      bar.style.width = `${100 * (p[i] ?? 0)}%`;
      number.textContent = p.length ? percent(p[i]) : "–";
      number.style.fontWeight = p.length && p[i] === Math.max(...p) ? "bold" : "normal";
    });
}

// The feature maps of one layer; returns a function that draws them.
function maps({ text, shape: [rows, columns, count], signed, most }, place) {
  const ramp = signed ? "signed" : "levels", numbers = false, label = (c) => `feature map ${c} of ${text}`;
  const top = (bytes) => most * (signed ? Math.max(...bytes) / 127.5 - 1 : Math.max(...bytes) / 255);
  const grids = Array.from({ length: count }, (_, c) => picture(rows, columns, 60, label(c), ramp));
  const scale = signed ? `−${most} (blue) to ${most} (red)` : `0 (dark) to ${most} (bright)`;
  const tiles = element("div", { className: "tiles" }, ...grids.map(({ canvas }) => canvas));
  place.append(figure(`feature maps of ${text}, on one scale: ${scale}`, tiles));
  const map = (data, c) => Uint8Array.from({ length: rows * columns }, (_, i) => data[i * count + c]);
  let drawn;
  const draw = ({ data }) =>
    grids.forEach((grid, c) => {
      const bytes = map(data, c);
      grid.label = `${label(c)}, largest value about ${written(top(bytes))}`;
      grid.draw(bytes, [0, 255], { numbers });
    });
  return (value) => value !== drawn && draw(array(drawn = value));
}

function render({ model, el }) {
  const get = (name) => model.get(name), names = get("names");
  const ui = frame(el, model, "A pad to draw a digit on");
  const kernel = requests(model, ui.wait);
  const label =
    "pad: draw with mouse, finger or pen; or move with the arrow keys and draw with space, held, " +
    "or pressed once to lower and once to lift the pen; Delete clears, Escape leaves";
  const pad = element("canvas", { role: "application", tabIndex: 0, width: SIDE, height: SIDE });
  Object.assign(pad, { className: "pad", ariaLabel: label });
  const seen = picture(28, 28, 140, "the picture that the network gets", "grey");
  const table = element("table", { "aria-label": "probabilities" }), below = element("div", {});
  const tool = (text, act) => button(text, () => act(lift())), undoes = tool("Undo", () => undo());
  const tools = [tool("Clear", () => clear()), undoes, tool("An example digit", example)];
  const parts = row(figure("draw a digit", pad, element("div", { className: "tools" }, ...tools)));
  parts.append(figure("the network gets 28 × 28", seen.canvas), figure("the network says", table));
  ui.body.append(parts, below);
  const setBars = bars(names, table), setMaps = get("layers").map((layer) => maps(layer, below));
  let shown = array(get("image")).data, ink = enlarged(shown), past = [], fresh = true, told = "", next = 0;
  let pointer = null, last, cursor = [14, 14], near = false, pen = false, space = "";
  const blank = () => !shown.some(Boolean), sent = new WeakSet();
  const draw = everyFrame(paint);
  const refresh = everyFrame(() => {
    [shown, fresh] = [asMnist(ink), false];
    const image = packed([28, 28], shown);
    sent.add(image);
    if (model.alone) model.set("image", image);
    else kernel.ask({ image });
    paint();
  });
  function change(newInk, words = "") {
    past.push(ink);
    [ink, told] = [newInk, words];
    refresh();
  }
  const clear = () => blank() || change(new Uint8Array(SIDE * SIDE));
  const undo = () => refresh(past.length && ([ink, told] = [past.pop(), ""]));
  function example() {
    const digit = array(get("examples")).data.slice(784 * next, 784 * (next + 1));
    change(enlarged(digit), ` The example is labelled ${next}.`);
    next = (next + 7) % 10;
  }
  const begin = (point) => go(last = point, change(ink.slice()));
  function go(point) {
    drawLine(ink, last, point);
    last = point;
    refresh();
  }
  const lift = () => ([pen, space, pointer] = [false, "", null]);
  const place = (event) => {
    const { left, top, width, height } = pad.getBoundingClientRect();
    return [(event.clientX - left) / width, (event.clientY - top) / height];
  };
  const centre = () => [(cursor[1] + 0.5) / 28, (cursor[0] + 0.5) / 28];
  const on = (kind, act) => pad.addEventListener(kind, act);
  on("pointerdown", (event) => {
    if (pointer !== null || event.button > 0) return;
    lift();
    pad.setPointerCapture(pointer = event.pointerId);
    begin(place(event));
  });
  on("pointermove", (event) => {
    if (event.pointerId !== pointer) return;
    const all = event.getCoalescedEvents?.() ?? [];
    for (const each of all.length ? all : [event]) go(place(each));
  });
  for (const kind of ["pointerup", "pointercancel"]) on(kind, (e) => e.pointerId === pointer && lift());
  onKeys(pad, (key, event) => {
    near = true;
    const to = moved(key, cursor, 28, 28);
    if (to) {
      cursor = to;
      if (space) space = "moved";
      if (pen) go(centre());
    } else if (key === " ") {
      if (!event.repeat) space = pen ? "lifts" : "lowers";
      if (!pen) begin(centre());
      pen = true;
    } else if (["Delete", "Backspace"].includes(key)) clear(lift());
    else if (key === "z" && (event.ctrlKey || event.metaKey)) undo(lift());
    else if (key === "Escape") pad.blur();
    else return false;
    draw();
  });
  on("keyup", ({ key }) => key === " " && draw([pen, space] = [space === "lowers", ""])); // a tap leaves it down
  on("focus", () => draw(near = pad.matches(":focus-visible")));
  on("blur", () => draw(near = false, lift()));

  function drawPad() {
    const context = putGrey(pad, ink);
    if (!near) return;
    Object.assign(context, { strokeStyle: "#ffd400", lineWidth: 4 });
    context.beginPath();
    context.arc(...centre().map((v) => v * SIDE), RADIUS * (pen ? 1 : 1.5), 0, 7);
    context.stroke();
  }

  function paint() {
    seen.draw(shown, [0, 255], { numbers: false });
    drawPad();
    undoes.disabled = !past.length;
    const p = array(get("probabilities")).data, known = !blank() && p.length > 0 && (fresh || !model.alone);
    setBars(known ? p : []);
    below.hidden = !known;
    if (known) setMaps.forEach((set, n) => set(get(`maps_${n}`)));
    const alone = "To hear what the network says, run the course: its kernel computes that.";
    const answer = known ? guess(p, names) : model.alone ? alone : "Asking the network …";
    const text = blank() ? `Draw a digit. ${model.alone ? alone : ""}` : answer + told;
    const best = known ? p.indexOf(Math.max(...p)) : "", lowered = pen ? "down" : "up";
    ui.say([text.trim(), near ? whereabouts(cursor, ink, pen) : ""], [pad]);
    Object.assign(el.dataset, { blank: blank(), pen: lowered, cursor: cursor.join(","), guess: best });
  }
  function elsewhere() { // another view of this pad was drawn on, or the kernel set a picture
    if (sent.has(get("image"))) return;
    shown = array(get("image")).data;
    [ink, past, fresh] = [enlarged(shown), [], true];
    draw();
  }
  draw();
  return ui.ending(
    watch(model, ["ack", "probabilities"], draw),
    watch(model, ["image"], elsewhere),
    kernel.stop,
  );
}
export default { render };
