import { array, decimalsFor, everyFrame, lateSetter, watch, written } from "./common.js";
import { button, element, frame, gridKeys, nextCell, onPointer, row } from "./controls.js";
import { around, colour, colouredCell, Grid, palette } from "./grid.js";

const MODES = ["max", "average"];

// The numbers of one window, with their places in the map.
export function windowOf(map, [row, column], [height, width], [down, right]) {
  return Array.from({ length: height * width }, (_, i) => {
    const place = [row * down + Math.floor(i / width), column * right + (i % width)];
    return { place, value: map.data[place[0] * map.shape[1] + place[1]] };
  });
}

// The first of the largest numbers, and how many are as large.
export function winner(values) {
  const most = Math.max(...values);
  return { index: values.indexOf(most), ties: values.filter((value) => value === most).length };
}

// What each number of a window gets of the gradient.
export function shares(values, gradient, mode) {
  const { index } = winner(values);
  return values.map((_, i) => (mode === "max" ? (i === index ? gradient : 0) : gradient / values.length));
}

// The pooled number whose window lies best around a place of the map.
export function pooledOver(place, extent, stride, shape) {
  return place.map((at, i) => {
    const near = Math.round((at - (extent[i] - 1) / 2) / stride[i]);
    return Math.max(0, Math.min(shape[i] - 1, near));
  });
}

// Whether the learner's answer is another one than the reference's.
export const isWrong = (own, expected) =>
  !(Math.abs(own - expected) <= 1e-4 * Math.max(1, Math.abs(expected)));

// Whole numbers without decimals.
export const tidy = (value) => written(value, decimalsFor([value]));

// How many of the learner's answers are wrong, in words.
export const verdict = (wrong, all) => wrong ? `${wrong} of ${all} answers are not the reference's.` : "";

// Everything that is said about one window.
export function sentence({ position, cells, mode, value, own, gradient }) {
  const [first, last] = [cells[0].place, cells[cells.length - 1].place];
  const window = `rows ${first[0]} to ${last[0]}, columns ${first[1]} to ${last[1]}`;
  const best = winner(cells.map((cell) => cell.value)), at = `[${position.join(", ")}]`;
  const tie = best.ties > 1 ? ` (${best.ties} are as large: the first wins)` : "";
  const kept = mode === "max" ? `the largest${tie} of ${window}` : `the mean of ${window}`;
  const back = mode === "max"
    ? `all of it to map[${cells[best.index].place.join(", ")}]`
    : `${tidy(gradient)} / ${cells.length} = ${tidy(gradient / cells.length)} to each number of the window`;
  const wrong = own !== undefined && isWrong(own, value) ? ` Your function has ${tidy(own)}.` : "";
  const end = gradient === undefined ? "" : ` Its gradient ${tidy(gradient)} goes back, ${back}.`;
  return `pooled${at} = ${tidy(value)}, ${kept}.${wrong}${end}`;
}

function render({ model, el }) {
  const get = (name) => model.get(name);
  const ui = frame(el, model, "Pooling and the gradient that comes back");
  const signed = palette("signed");
  const names = ["feature_map", "gradient", "pooled", "returned", "own"];
  const setter = lateSetter(model), go = (position) => setter.set({ position });
  const { node: play, toggle, stop } = ui.player(() => go(nextCell(get("position"), shape)), 600);
  let map, gradient, pooled, returned, own, grids, shape;

  const choose = (mode) => (model.set("mode", mode), model.save_changes());
  const choices = MODES.map((mode) => button(mode === "max" ? "Maximum" : "Average", () => choose(mode)));
  const [forward, backward] = [element("table", {}), element("table", {})];
  const captions = ["map", "window", "pooled", "back", "share", "gradient"];
  const words = Object.fromEntries(captions.map((name) => [name, element("figcaption", {})]));
  const tools = row(...choices, play);
  tools.setAttribute("role", "group");
  tools.setAttribute("aria-label", "pooling");

  function build() {
    [map, gradient, pooled, returned, own] = names.map((name) => array(get(name)));
    shape = gradient.shape;
    const grid = ([rows, columns], label, role = "img") =>
      new Grid({ rows, columns, size: 240, largest: 40, ramp: "signed", label, role });
    grids = {
      map: grid(map.shape, "map"),
      pooled: grid(
        shape,
        "pooled map: arrow keys, Home and End move the window, space plays, Escape stops",
        "application",
      ),
      back: grid(map.shape, "gradient that comes back to the map"),
      gradient: grid(shape, "gradient of the pooled map"),
    };
    grids.pooled.canvas.tabIndex = 0;
    const over = (place) => pooledOver(place, get("f"), get("stride"), shape);
    gridKeys(grids.pooled.canvas, { position: () => get("position"), shape: () => shape, go, toggle, stop });
    for (const [name, each] of Object.entries(grids)) {
      const small = name === "pooled" || name === "gradient";
      onPointer(each.canvas, (event) => go(small ? each.at(event) : over(each.at(event))));
    }
    // Both lines have the same three columns: what lies below belongs to what lies above.
    const widths = [grids.map.width, Math.max(210, 43 * get("f")[1]), grids.pooled.width];
    const line = (...parts) =>
      row(
        ...parts.map(([name, node], i) =>
          element("figure", { style: `width: ${Math.max(150, widths[i])}px` }, words[name], node)
        ),
      );
    ui.body.replaceChildren(
      tools,
      line(["map", grids.map.canvas], ["window", forward], ["pooled", grids.pooled.canvas]),
      ...get("backward")
        ? [line(["back", grids.back.canvas], ["share", backward], ["gradient", grids.gradient.canvas])]
        : [],
    );
    draw();
  }

  // One line of pictures: the map or its gradient, and the pooled map or its gradient.
  function drawPair(large, small, values, results, { place, winning, marks, limits }) {
    const [height, width] = get("f"), [down, right] = get("stride");
    const frames = [[place[0] * down, place[1] * right, height, width]];
    if (winning && height * width > 1) frames.push([...winning, 1, 1, "#fff"]);
    large.draw(values, limits, { frames });
    small.draw(results, limits, { marks, frames: [[...place, 1, 1]] });
  }

  function draw() {
    const position = get("position"), mode = get("mode"), which = MODES.indexOf(mode);
    const part = ({ data }) => data.slice(which * (data.length / 2), (which + 1) * (data.length / 2));
    const [expected, back] = [part(pooled), part(returned)], hasOwn = own.data.length > 0;
    const answers = hasOwn ? own.data : expected, i = position[0] * shape[1] + position[1];
    const cells = windowOf(map, position, get("f"), get("stride")), values = cells.map((cell) => cell.value);
    const best = winner(values), given = shares(values, gradient.data[i], mode);
    const winning = mode === "max" ? cells[best.index].place : null;
    const marks = [];
    answers.forEach((answer, n) => {
      if (hasOwn && isWrong(answer, expected[n])) marks.push([Math.floor(n / shape[1]), n % shape[1]]);
    });
    const limits = around(map.data), slopes = around([...gradient.data, ...back]);
    const common = { place: position, winning };
    drawPair(grids.map, grids.pooled, map.data, answers, { ...common, marks, limits });
    drawPair(grids.back, grids.gradient, back, gradient.data, { ...common, marks: [], limits: slopes });

    const digits = decimalsFor(values), number = (x) => written(x, digits), by = `÷ ${values.length}`;
    const total = number(values.reduce((a, b) => a + b, 0)), last = decimalsFor(given);
    const kept = winning ? `largest: ${number(values[best.index])}` : `${total} ${by} = ${tidy(expected[i])}`;
    fill(
      forward,
      values,
      values.map((v, n) => number(v) + (winning && n === best.index ? " ★" : "")),
      limits,
      kept + (hasOwn ? `; your function: ${tidy(own.data[i])}` : ""),
    );
    const slope = tidy(gradient.data[i]), few = get("f")[1] <= 3;
    const way = (n) => (winning ? `${n === best.index ? 1 : 0} × ${slope} = ` : `${slope} ${by} = `);
    fill(
      backward,
      given,
      given.map((share, n) => (few ? way(n) : "") + written(share, last)),
      slopes,
      `together: ${slope}`,
    );

    const range = ([low, high]) => `colours ${tidy(low)} to ${tidy(high)}`;
    words.map.textContent = `map ${map.shape.join(" × ")}, ${range(limits)}`;
    words.window.textContent = winning ? "window, ★ the winner" : "window, all count";
    words.pooled.textContent = `pooled ${shape.join(" × ")}${hasOwn ? ", yours" : ""}`;
    words.back.textContent = `gradient back to the map, ${range(slopes)}`;
    words.share.textContent = winning ? "mask × gradient" : "a share for each";
    words.gradient.textContent = "gradient of the pooled map";
    choices.forEach((node, n) => node.setAttribute("aria-pressed", String(n === which)));
    const text = sentence({
      position,
      cells,
      mode,
      value: expected[i],
      gradient: get("backward") ? gradient.data[i] : undefined,
      own: hasOwn ? own.data[i] : undefined,
    });
    ui.say([text, verdict(marks.length, answers.length)], [grids.pooled.canvas]);
    Object.assign(el.dataset, {
      position: position.join(","),
      mode,
      wrong: marks.length,
      value: answers[i],
      shares: given.join(","),
    });
  }

  function fill(table, values, texts, [low, high], end) {
    const [height, width] = get("f"), tight = width > 4 ? "padding: 2px" : "";
    const cell = (value, i) => colouredCell(texts[i], colour(signed, value, low, high), tight);
    const all = Array.from(values, cell);
    const line = (_, u) => element("tr", {}, ...all.slice(u * width, (u + 1) * width));
    table.style.fontSize = tight && "12px";
    table.replaceChildren(
      ...Array.from({ length: height }, line),
      element("tr", {}, element("th", { colSpan: width, textContent: end })),
    );
  }

  build();
  return ui.ending(
    watch(model, ["position", "mode"], everyFrame(draw)),
    watch(model, [...names, "f", "stride"], everyFrame(build)),
    setter.stop,
    stop,
  );
}
export default { render };
