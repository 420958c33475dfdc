// What the widgets share: numbers, and the way to the kernel.

const KINDS = { float32: Float32Array, uint8: Uint8Array, int32: Int32Array };

// An array from the kernel: {shape, data}, with numbers in data.
export function array(value) {
  if (!value?.data?.byteLength) return { shape: value?.shape ?? [0], data: new Float32Array(0) };
  const { buffer = value.data, byteOffset = 0, byteLength } = value.data;
  const bytes = buffer.slice(byteOffset, byteOffset + byteLength);
  return { shape: value.shape, data: new KINDS[value.dtype](bytes) };
}

// An array for the kernel.
export function packed(shape, data) {
  const dtype = Object.keys(KINDS).find((name) => data instanceof KINDS[name]);
  return { shape, dtype, data: new DataView(data.buffer, data.byteOffset, data.byteLength) };
}

// A number as people write it, with a true minus sign.
export function written(value, decimals = 2) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "not a number" : value > 0 ? "∞" : "−∞";
  const text = value.toFixed(decimals);
  return (Number(text) === 0 ? (0).toFixed(decimals) : text).replace("-", "−");
}

// No decimals where all numbers are whole, one where they are large.
export function decimalsFor(values) {
  let whole = true, most = 0;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    whole &&= Number.isInteger(value);
    most = Math.max(most, Math.abs(value));
  }
  return whole ? 0 : most >= 10 ? 1 : 2;
}

// Call a listener whenever one of these traits changes; returns what ends that.
export function watch(model, names, listener) {
  for (const name of names) model.on(`change:${name}`, listener);
  return () => names.forEach((name) => model.off(`change:${name}`, listener));
}

// Sets traits, and saves them when nothing more has been set for a while: the kernel need not hear of
// every place that the pointer passes.
export function lateSetter(model) {
  let timer;
  return {
    set(values) {
      const news = Object.entries(values).filter(([name, value]) =>
        String(model.get(name)) !== String(value)
      );
      if (!news.length) return;
      for (const [name, value] of news) model.set(name, value);
      clearTimeout(timer);
      timer = setTimeout(() => model.save_changes(), 150);
    },
    stop: () => clearTimeout(timer),
  };
}

// Call back at most once a picture, with the newest state.
export function everyFrame(draw) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      draw();
    });
  };
}

const LONG = 1000, TOO_LONG = 10_000; // milliseconds: to wait in silence, and until a request counts as lost

// Jupyter's server keeps a short answer back until the browser has acknowledged what came before it. By
// itself that takes the browser 40 ms, but whatever the browser sends carries the acknowledgement.
const NUDGE = 8, NUDGES = 2; // milliseconds between them, and how many a request may have

// Asks the kernel. One request is under way at most; of those that wait the newest is sent. `wait` is
// called with true when an answer takes long, and with false when it has come.
export function requests(model, wait = () => {}) {
  let sent = -Infinity, next = null, timer, nudge, nudges;
  const push = () => {
    try {
      model.send?.({});
    } catch { // the kernel has gone, with the way to it
      clearInterval(nudge);
    }
  };
  const send = (inputs) => {
    [sent, next] = [performance.now(), null];
    for (const [key, value] of Object.entries(inputs)) model.set(key, value);
    model.set("req", model.get("req") + 1);
    model.save_changes();
    clearTimeout(timer);
    timer = setTimeout(() => wait(true), LONG);
    nudges = 0;
    clearInterval(nudge);
    nudge = setInterval(() => {
      if (++nudges >= NUDGES) clearInterval(nudge);
      push();
    }, NUDGE);
  };
  const answered = () => {
    clearTimeout(timer);
    wait(false);
    clearInterval(nudge);
    sent = -Infinity;
    if (!next) return;
    push();
    send(next);
  };
  const unwatch = watch(model, ["ack"], answered);
  return {
    ask: (inputs) => (performance.now() - sent < TOO_LONG ? (next = inputs) : send(inputs)),
    stop: () => {
      clearTimeout(timer);
      clearInterval(nudge);
      unwatch();
    },
  };
}
