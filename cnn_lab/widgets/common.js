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

// Asks the kernel. One request is under way at most; of those that wait the newest is sent.
export function requests(model, onSilence = () => {}) {
  let busy = false, next = null, timer;
  const send = (inputs) => {
    busy = true;
    for (const [key, value] of Object.entries(inputs)) model.set(key, value);
    model.set("req", model.get("req") + 1);
    model.save_changes();
    timer = setTimeout(() => {
      onSilence();
      finished();
    }, 5000); // a kernel that is busy or gone
  };
  const finished = () => {
    clearTimeout(timer);
    busy = false;
    if (next) {
      const inputs = next;
      next = null;
      send(inputs);
    }
  };
  model.on("change:ack", finished);
  return {
    ask: (inputs) => (busy ? (next = inputs) : send(inputs)),
    stop: () => {
      clearTimeout(timer);
      model.off("change:ack", finished);
    },
  };
}
