import { array, decimalsFor, everyFrame, lateSetter, watch, written } from "./common.js";
import { button, element, figure, frame, gridKeys, nextCell, onPointer, row } from "./controls.js";
import { around, colour, colouredCell, Grid, palette, rowsInWords } from "./grid.js";

// The places of dZ that count, in reading order.
export function placesShown(shown, [row, column], [rows, columns]) {
  const here = row * columns + column, places = [];
  for (let n = 0; n < rows * columns; n++) {
    if (shown === "all" || n === here || (shown === "so far" && n < here)) {
      places.push([Math.floor(n / columns), n % columns]);
    }
  }
  return places;
}

// What one number of dZ hands back: to each pixel of its window, and to each weight.
export function handedBack(gradient, image, kernel, [row, column], [down, right]) {
  const [height, width] = kernel.shape, value = gradient.data[row * gradient.shape[1] + column];
  const cells = [];
  for (let u = 0; u < height; u++) {
    for (let v = 0; v < width; v++) {
      const at = (row * down + u) * image.shape[1] + column * right + v;
      const weight = kernel.data[u * width + v], pixel = image.data[at];
      cells.push({ at, weight, pixel, toA: value * weight, toW: value * pixel });
    }
  }
  return { value, cells };
}

// dA_prev, dW and db, summed over some places of dZ, and the largest numbers met on the way.
export function gradientsOver(places, gradient, image, kernel, stride) {
  const dA = new Float64Array(image.data.length), dW = new Float64Array(kernel.data.length);
  const most = { dA: 0, dW: 0, db: 0 };
  let db = 0;
  for (const place of places) {
    const { value, cells } = handedBack(gradient, image, kernel, place, stride);
    db += value;
    most.db = Math.max(most.db, Math.abs(db), Math.abs(value));
    cells.forEach(({ at, toA, toW }, n) => {
      dA[at] += toA;
      dW[n] += toW;
      most.dA = Math.max(most.dA, Math.abs(dA[at]), Math.abs(toA));
      most.dW = Math.max(most.dW, Math.abs(dW[n]), Math.abs(toW));
    });
  }
  return { dA, dW, db, most };
}

// The cells of an answer that are not what they should be.
export function faults(found, expected, columns) {
  const most = Math.max(1, ...Array.from(expected, Math.abs)), cells = [];
  for (let n = 0; n < expected.length; n++) {
    const same = Math.abs(found[n] - expected[n]) <= 1e-4 * most;
    if (!same) cells.push([Math.floor(n / columns), n % columns]);
  }
  return cells;
}

export function gradientSentence([row, column], value, [height, width], [down, right]) {
  if (value === 0) return `dZ[${row}, ${column}] = 0 hands nothing back.`;
  const number = written(value, decimalsFor([value]));
  return `dZ[${row}, ${column}] = ${number}: ${number} times the filter is added to rows ${row * down} to ` +
    `${row * down + height - 1}, columns ${column * right} to ${column * right + width - 1} of dA_prev, ` +
    `and ${number} times that window to dW.`;
}

// What dW and db hold, in words.
export function sumsSentence({ dW, db }, shown, columns) {
  const now = { one: "of this window", "so far": "so far", all: "of all windows" }[shown];
  return `dW ${now}: ${rowsInWords(dW, columns)}. db ${now}: ${rowsInWords([db], 1)}.`;
}

const MODES = { one: "this window alone", "so far": "all up to here", all: "all" };
const NAMES = { dA: "dA_prev", dW: "dW", db: "db" };

function render({ model, el }) {
  const get = (name) => model.get(name);
  const ui = frame(el, model, "A gradient on its way back through a convolution");
  const signed = palette("signed");
  const tables = { toA: element("table", {}), toW: element("table", {}) };
  const setter = lateSetter(model), go = (position) => setter.set({ position });
  const { node: play, toggle, stop } = ui.player(step, 600);
  const modes = Object.entries(MODES).map(([shown, text]) => button(text, () => setter.set({ shown })));
  const choice = element("div", { role: "group", "aria-label": "what is summed" }, ...modes, play);
  Object.assign(choice.style, { display: "flex", flexWrap: "wrap", gap: "4px 8px" });
  const scales = element("p", { style: "margin: 8px 0 0" });
  const wrong = element("div", {});
  let gradient, image, kernel, expected, most, grids, captions;

  const grid = ([rows, columns], label, options) =>
    new Grid({ rows, columns, size: 230, largest: 42, ramp: "signed", label, ...options });

  function captioned(name, own, text) {
    grids[name] = own;
    captions[name] = element("figcaption", { textContent: text });
    return element("figure", {}, captions[name], own.canvas);
  }

  function build() {
    stop();
    [gradient, image, kernel] = ["gradient", "image", "kernel"].map((name) => array(get(name)));
    expected = Object.fromEntries(Object.keys(NAMES).map((name) => [name, array(get(name))]));
    const places = placesShown("all", [0, 0], gradient.shape);
    const whole = gradientsOver(places, gradient, image, kernel, get("stride"));
    most = whole.most;
    whole.db = [whole.db];
    el.dataset.agrees = Object.keys(NAMES).every((n) => !faults(whole[n], expected[n].data, 1).length);
    [grids, captions] = [{}, {}];
    const keys = "dZ: arrow keys, Home and End choose a number, space plays, Escape stops";
    ui.body.replaceChildren(
      row(
        captioned("gradient", grid(gradient.shape, keys, { role: "application" }), "dZ: point at a number"),
        captioned("kernel", grid(kernel.shape, "filter"), "filter W"),
        captioned("dA", grid(image.shape, "gradient of the image"), ""),
        figure("added to dA_prev: dZ × W", tables.toA),
      ),
      row(
        captioned("image", grid(image.shape, "image", { ramp: "grey" }), "image, with the window"),
        captioned("dW", grid(kernel.shape, "gradient of the filter"), ""),
        captioned("db", grid([1, 1], "gradient of the bias"), ""),
        figure("added to dW: dZ × window", tables.toW),
      ),
      choice,
      scales,
    );
    if (get("own")) ui.body.append(...yours());
    const { canvas } = grids.gradient, shape = () => gradient.shape;
    canvas.tabIndex = 0;
    onPointer(canvas, (event) => go(grids.gradient.at(event)));
    gridKeys(canvas, { position: () => get("position"), shape, go, toggle: playOrStop, stop });
    draw();
  }

  // The learner's finished gradients, with the wrong cells marked.
  function yours() {
    const parts = [], texts = [];
    let count = 0;
    for (const [name, title] of Object.entries(NAMES)) {
      const found = array(get(`own_${name}`)), right = expected[name];
      if (!found.data.length) continue;
      const cells = faults(found.data, right.data, right.shape[1]), own = grid(right.shape, `your ${title}`);
      own.draw(found.data, around([...found.data, ...right.data].filter(Number.isFinite)), { marks: cells });
      parts.push(figure(`your ${title}, finished`, own.canvas));
      count += cells.length;
      if (!cells.length) continue;
      const [h, w] = cells[0], n = h * right.shape[1] + w;
      const place = name === "db" ? title : `${title}[${h}, ${w}]`;
      texts.push(
        `Your ${place} is ${written(found.data[n])}, the reference has ${written(right.data[n])} ` +
          `(${cells.length} of ${right.data.length} differ).`,
      );
    }
    el.dataset.wrong = count;
    wrong.textContent = texts.join(" ") || (parts.length ? "Your function agrees with the reference." : "");
    return [row(...parts), wrong];
  }

  // From here to the last number, or from the first, with the sum growing.
  function playOrStop() {
    const last = gradient.shape.map((side) => side - 1).join();
    if (get("shown") === "all") setter.set({ shown: "so far" });
    if (get("position").join() === last) go([0, 0]);
    toggle();
  }
  play.onclick = playOrStop;

  function step() {
    const next = nextCell(get("position"), gradient.shape);
    if (next.join() !== "0,0") go(next);
    if (next.join() === "0,0" || nextCell(next, gradient.shape).join() === "0,0") stop();
  }

  function draw() {
    const place = get("position"), stride = get("stride"), shown = get("shown"), size = kernel.shape;
    const places = placesShown(shown, place, gradient.shape);
    const sums = gradientsOver(places, gradient, image, kernel, stride);
    const frames = [[place[0] * stride[0], place[1] * stride[1], ...size]];
    const low = Math.min(0, ...image.data), high = Math.max(...image.data, low + 1);
    const limits = { dA: most.dA || 1, dW: most.dW || 1, db: most.db || 1 };
    grids.gradient.draw(gradient.data, around(gradient.data), { frames: [[...place, 1, 1]] });
    grids.kernel.draw(kernel.data, around(kernel.data));
    grids.image.draw(image.data, [low, high], { frames });
    grids.dA.draw(sums.dA, [-limits.dA, limits.dA], { frames });
    grids.dW.draw(sums.dW, [-limits.dW, limits.dW]);
    grids.db.draw([sums.db], [-limits.db, limits.db]);
    for (const name of Object.keys(NAMES)) captions[name].textContent = `${NAMES[name]}, ${MODES[shown]}`;
    modes.forEach((button, n) => button.setAttribute("aria-pressed", Object.keys(MODES)[n] === shown));
    const ends = Object.entries(NAMES).map(([name, title]) =>
      `${title} ±${written(limits[name], decimalsFor([limits[name]]))}`
    );
    scales.textContent = `Colours: blue negative, white 0, red positive; full colour at ${ends.join(", ")}.`;
    const { value, cells } = handedBack(gradient, image, kernel, place, stride);
    products(tables.toA, value, cells.map((cell) => [cell.weight, cell.toA]), limits.dA);
    products(tables.toW, value, cells.map((cell) => [cell.pixel, cell.toW]), limits.dW);
    const text = gradientSentence(place, value, size, stride), total = sumsSentence(sums, shown, size[1]);
    ui.say([text, total], [grids.gradient.canvas]);
    const numbers = { dA: sums.dA.join(), dW: sums.dW.join(), db: sums.db };
    Object.assign(el.dataset, { position: place.join(), shown, value, ...numbers });
  }

  // Few columns: the whole product; many: its value.
  function products(table, value, pairs, limit) {
    const width = kernel.shape[1], digits = decimalsFor([value, ...pairs.flat()]);
    const rows = [], number = (x) => written(x, digits);
    for (let start = 0; start < pairs.length; start += width) {
      rows.push(element(
        "tr",
        {},
        ...pairs.slice(start, start + width).map(([factor, product]) => {
          const whole = `${number(value)} × ${number(factor)} = ${number(product)}`;
          const small = width > 2 ? `font-size: 12px; padding: 3px ${width > 3 ? 2 : 4}px` : "";
          const text = width > 3 ? number(product) : whole;
          const cell = colouredCell(text, colour(signed, product, -limit, limit), small);
          return Object.assign(cell, { title: whole });
        }),
      ));
    }
    table.replaceChildren(...rows);
  }

  const inputs = Object.keys(NAMES).flatMap((name) => [name, `own_${name}`]);
  build();
  return ui.ending(
    watch(model, ["position", "shown"], everyFrame(draw)),
    watch(model, ["image", "kernel", "gradient", "stride", ...inputs], everyFrame(build)),
    setter.stop,
    stop,
  );
}
export default { render };
