import { array, everyFrame, requests, watch, written } from "./common.js";
import { button, element, figure, frame, moved, onKeys, onPointer, row } from "./controls.js";
import { Grid, palette, scaleBar } from "./grid.js";

// Where each layer begins in the bytes of all maps, and its first map among all maps.
export function places(layers) {
  let byte = 0, map = 0;
  return layers.map(({ shape: [count, rows, columns] }) => {
    const place = { byte, map, size: rows * columns };
    byte += count * rows * columns;
    map += count;
    return place;
  });
}

// The number that a byte stands for: 0 to 254 around zero, or 0 to 255 from zero.
export const valueOf = (byte, { low, high }) => low + (byte / (low < 0 ? 254 : 255)) * (high - low);

export function probabilities(scores) {
  const most = Math.max(...scores), powers = Array.from(scores, (score) => Math.exp(score - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

// The classes to show: all where they are few, else those with the highest scores, in their order.
export function topClasses(scores, most = 10) {
  const order = Array.from(scores, (_, i) => i).sort((a, b) => scores[b] - scores[a]);
  return order.slice(0, most).sort((a, b) => a - b);
}

export const percent = (share) => `${written(100 * share, share > 0.9995 || share < 0.0005 ? 2 : 1)} %`;

export const shapeText = ({ maps, shape, outputs }) =>
  maps ? `${shape[1]} × ${shape[2]} × ${outputs}` : `${outputs}`;

export function verdict(scores, label) {
  if (!scores.length) return "";
  const shares = probabilities(scores), best = shares.indexOf(Math.max(...shares));
  if (best < 0) return "The scores are no numbers.";
  const right = label === undefined ? "" : best === label ? ", which is right" : `; the label is ${label}`;
  return `The network says ${best} (${percent(shares[best])})${right}.`;
}

// How much of a layer is above 0, and how large all of it is, in words.
export function totals({ maps, outputs, shape }, above, size) {
  const all = maps ? `${shape[0]} maps are above 0 somewhere` : `${outputs} units are above 0`;
  const whole = Math.round(size).toLocaleString("en");
  return `${above} of ${all}; all numbers, signs ignored, add up to ${size >= 100 ? whole : written(size)}.`;
}

// What is shown, in words. A cell is {row, column, value}.
export function sentence(image, layer, channel, largest, cell) {
  const what = layer.maps ? `map ${channel} of ${layer.outputs}, ` : `${layer.outputs} units, `;
  if (!cell) return `Image ${image}, ${layer.name}: ${what}largest value ${written(largest)}.`;
  const unit = cell.row * layer.shape[2] + cell.column;
  const place = layer.maps ? `row ${cell.row}, column ${cell.column}` : `unit ${unit}`;
  const there = !layer.maps && unit >= layer.outputs ? "" : `; ${place}: about ${written(cell.value)}`;
  return `Image ${image}, ${layer.name}: ${what}largest value ${written(largest)}${there}.`;
}

function render({ model, el }) {
  const get = (name) => model.get(name);
  const ui = frame(el, model, "What every layer of a network makes of a picture");
  const asker = requests(model, ui.wait);
  const layers = get("layers"), where = places(layers);
  let maps, largest, scores, tiles = [], large, cell = null, builtFor = -1, painted = {};

  const captions = Array.from({ length: 4 }, () => element("span"));
  const [pictureCaption, mapsCaption, largeCaption, barsCaption] = captions;
  const picture = array(get("picture")).shape;
  const input = new Grid({
    rows: picture[0],
    columns: picture[1],
    size: 168,
    role: "application",
    label: "picture: arrow keys, Home and End choose another",
  });
  const back = button("Previous", () => go(get("index") - 1));
  const on = button("Next", () => go(get("index") + 1));
  const notice = element("div", { style: "max-width: 180px" });
  const tabs = layers.map((layer, i) =>
    button([`${i} ${layer.name}`, element("br"), shapeText(layer)], () => choose({ layer: i }), {
      role: "tab",
    })
  );
  const tabList = element("div", { className: "tools", role: "tablist", ariaLabel: "layers" }, ...tabs);
  const choice = "maps: arrow keys, Home and End choose one";
  const tileBox = element("div", { className: "tiles", role: "group", ariaLabel: choice });
  const mapsFigure = figure(mapsCaption, tileBox);
  const largeBox = element("div", {}), bars = element("div", {}), scale = element("div", {});
  const barsFigure = figure(barsCaption, bars);
  const steps = element("div", { className: "tools" }, back, on);
  const panel = row(figure(pictureCaption, input.canvas, steps, notice), mapsFigure);
  panel.append(figure(largeCaption, largeBox, scale), barsFigure);
  ui.body.replaceChildren(tabList, Object.assign(panel, { role: "tabpanel", ariaLabel: "layer" }));
  input.canvas.tabIndex = 0;

  function go(index) {
    const next = Math.max(0, Math.min(get("count") - 1, index));
    if (model.alone || next === get("index")) return;
    model.set("index", next);
    asker.ask({ index: next });
  }

  function choose(state) {
    for (const [name, value] of Object.entries(state)) model.set(name, value);
    model.save_changes();
  }

  // Arrow keys, Home and End choose one of many in a row; Escape leaves.
  function inARow(node, count, current, pick) {
    onKeys(node, (pressed, event) => {
      if (pressed === "Escape") event.target.blur();
      const key = { ArrowUp: "ArrowLeft", ArrowDown: "ArrowRight" }[pressed] ?? pressed;
      const next = moved(key, [0, current()], 1, count());
      return next !== null && pick(next[1]);
    });
  }
  const channel = () => Math.min(get("channel"), layers[get("layer")].shape[0] - 1);

  inARow(input.canvas, () => get("count"), () => get("index"), go);
  inARow(tabList, () => layers.length, () => get("layer"), (i) => (choose({ layer: i }), tabs[i].focus()));
  inARow(tileBox, () => tiles.length, channel, (i) => (choose({ channel: i }), tiles[i].node.focus()));

  const bytes = (map) => {
    const { byte, size } = where[get("layer")];
    return maps.data.subarray(byte + map * size, byte + (map + 1) * size);
  };

  function build() {
    const layer = layers[get("layer")], [count, rows, columns] = layer.shape;
    const side = count <= 16 ? 72 : count <= 36 ? 52 : 34, ratio = Math.min(1, columns / rows);
    tiles = !layer.maps ? [] : Array.from({ length: count }, (_, i) => {
      const style = `width: ${side * ratio}px; aspect-ratio: ${columns} / ${rows}`;
      const canvas = element("canvas", { width: columns, height: rows, style });
      const node = button(canvas, () => choose({ channel: i }));
      return { node, context: canvas.getContext("2d"), pixels: new ImageData(columns, rows) };
    });
    tileBox.replaceChildren(...tiles.map(({ node }) => node));
    mapsFigure.hidden = !layer.maps;
    const ramp = layer.low < 0 ? "signed" : "levels";
    large = new Grid({
      rows,
      columns,
      size: layer.maps ? 240 : 352,
      largest: 60,
      ramp,
      role: "application",
      label: "one map: arrow keys, Home and End move from number to number",
    });
    large.canvas.tabIndex = 0;
    const look = (place) => ((cell = place), soon());
    onPointer(large.canvas, (event) => look(large.at(event)));
    large.canvas.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && look(null));
    onKeys(large.canvas, (key) => {
      const next = moved(key, cell ?? [0, 0], rows, columns);
      if (key === "Escape") large.canvas.blur();
      return next !== null && look(next);
    });
    largeBox.replaceChildren(large.canvas);
    scale.replaceChildren(scaleBar(ramp, layer.low, layer.high));
    cell = null;
    builtFor = get("layer");
  }

  function draw() {
    [maps, largest, scores] = ["maps", "largest", "scores"].map((name) => array(get(name)));
    if (builtFor !== get("layer")) build();
    const number = get("layer"), layer = layers[number], now = channel(), shown = get("shown");
    const label = get("labels")[shown], top = (map) => largest.data[where[number].map + map];
    input.draw(array(get("picture")).data, [0, 255]);
    const labelled = label === undefined ? "" : `, label ${label}`;
    pictureCaption.textContent = `image ${shown} (0 to ${get("count") - 1})${labelled}`;
    back.disabled = model.alone || get("index") === 0;
    on.disabled = model.alone || get("index") === get("count") - 1;
    notice.textContent = model.alone && get("count") > 1 ? "For other pictures run the notebook." : "";
    tabs.forEach((tab, i) => {
      tab.setAttribute("aria-selected", String(i === number));
      tab.tabIndex = i === number ? 0 : -1;
    });
    const name = `${number} ${layer.name}`, few = layer.maps && layer.shape[0] < layer.outputs;
    const some = few ? `first ${layer.shape[0]} of ` : "";
    mapsCaption.textContent = `${name}: ${some}${layer.outputs} maps, one scale`;
    largeCaption.textContent = layer.maps
      ? `map ${now}, largest value ${written(top(now))}`
      : `${name}: ${layer.outputs} units, row by row`;
    paint(layer, now, top);
    const values = Array.from(bytes(now), (byte) => valueOf(byte, layer));
    large.draw(values, [layer.low, layer.high], { frames: cell ? [[...cell, 1, 1]] : [], numbers: false });
    drawBars(label);
    const [row, column] = cell ?? [0, 0];
    const there = cell && { row, column, value: values[row * layer.shape[2] + column] };
    const total = totals(layer, ...["above", "sizes"].map((name) => array(get(name)).data[number]));
    const text = [sentence(shown, layer, now, top(now), there), total, verdict(scores.data, label)];
    ui.say(text, [input.canvas, large.canvas]);
    Object.assign(el.dataset, {
      index: shown,
      layer: number,
      channel: now,
      largest: top(now).toFixed(3),
      cell: cell?.join() ?? "",
      value: there ? there.value.toFixed(3) : "",
    });
  }

  function paint(layer, now, top) {
    const table = palette(layer.low < 0 ? "signed" : "levels"), most = layer.low < 0 ? 254 : 255;
    const old = painted.maps === get("maps") && painted.tiles === tiles; // only the pointer has moved
    painted = { maps: get("maps"), tiles };
    tiles.forEach(({ node, context, pixels }, map) => {
      const dots = old ? [] : bytes(map);
      for (let i = 0; i < dots.length; i++) {
        const at = 3 * Math.round((dots[i] / most) * 256);
        for (let c = 0; c < 3; c++) pixels.data[4 * i + c] = table[at + c];
        pixels.data[4 * i + 3] = 255;
      }
      if (!old) context.putImageData(pixels, 0, 0);
      node.setAttribute("aria-label", `map ${map}, largest value ${written(top(map))}`);
      node.setAttribute("aria-pressed", String(map === now));
      node.tabIndex = map === now ? 0 : -1;
    });
  }

  function drawBars(label) {
    barsFigure.hidden = !scores.data.length;
    if (barsFigure.hidden) return;
    const shares = probabilities(scores.data), best = shares.indexOf(Math.max(...shares));
    barsCaption.textContent = "probability of each class, and score";
    const span = (textContent, style = "") => element("span", { textContent, style });
    bars.replaceChildren(
      ...topClasses(scores.data).map((i) => {
        const bar = span(
          "",
          `width: ${100 * shares[i]}%; min-width: 1px; height: 12px; background: var(--ink)`,
        );
        const numbers = [span(percent(shares[i])), span(written(scores.data[i]))];
        const parts = [span(`${i === label ? "label " : ""}${i}`), bar, ...numbers];
        return element("div", { className: i === best ? "bar best" : "bar" }, ...parts);
      }),
    );
  }

  const soon = everyFrame(draw);
  draw();
  return ui.ending(
    watch(model, ["maps", "index", "shown", "layer", "channel", "scores", "picture", "sizes"], soon),
    asker.stop,
  );
}
export default { render };
