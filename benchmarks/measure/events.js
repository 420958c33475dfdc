// Installs `window.latency`, which notes what happens to the last widget of the current notebook: when
// trusted events came, which frames showed something new, what the kernel was asked and answered.
(watch) => {
  const panel = jupyterapp.shell.currentWidget, { kernel } = panel.sessionContext.session;
  const root = [...panel.node.querySelectorAll(".cnn-lab")].at(-1), frames = new MessageChannel();
  const events = ["pointermove", "pointerdown", "pointerup", "click", "keydown", "input"];
  let log, seen, quiet, running = true;

  const kinds = { text: (node) => node.textContent, style: (node) => node.style.cssText, pixels };
  // What the eye sees, as text. A part of the watch is a name of the data attributes of the widget,
  // "text:", "style:" or "pixels:" with a selector.
  function look() {
    return watch.map((part) => {
      const [kind, selector] = part.split(":");
      if (!selector) return root.dataset[kind];
      const nodes = [...root.querySelectorAll(selector)];
      return nodes.map(kinds[kind]).join();
    }).join(";");
  }
  function pixels(canvas) {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let sum = 0;
    for (let i = 0; i < data.length; i += 28) sum = (31 * sum + data[i] + 7 * data[i + 3]) % 1000003;
    return sum;
  }

  const heard = (event) => {
    if (!event.isTrusted) return;
    log.events.push({ type: event.type, stamp: event.timeStamp, heard: performance.now() });
    quiet = performance.now();
  };
  const told = (_, { msg, direction }) => {
    const now = performance.now(), { msg_id, msg_type } = msg.header, data = msg.content?.data ?? {};
    const sent = direction === "send" && msg_type === "comm_msg";
    if (sent) log.open.push(msg_id);
    if (sent && data.state?.req) log.asked.push({ number: data.state.req, at: now });
    if (msg_type === "status" && msg.content.execution_state === "idle") {
      log.open = log.open.filter((id) => id !== msg.parent_header.msg_id);
    }
    if (msg_type === "comm_msg" && !sent && data.state?.ack) log.answered.push({ number: data.state.ack, at: now });
    if (sent || msg_type === "comm_msg") quiet = log.message = now;
  };
  const mutations = new MutationObserver(() => (quiet = log.mutation = performance.now()));

  // Called when a frame has been painted: the task comes after the frame that posted it.
  frames.port1.onmessage = () => {
    const now = look();
    if (now === seen) return;
    seen = now;
    log.frames.push({ painted: performance.now(), next: null });
  };
  const loop = () => {
    const last = log.frames.at(-1);
    if (last && last.next === null) last.next = performance.now();
    frames.port2.postMessage(null);
    if (running) requestAnimationFrame(loop);
  };

  const reset = () => {
    log = { events: [], frames: [], asked: [], answered: [], open: [], mutation: 0, message: 0 };
    [seen, quiet] = [look(), performance.now()];
  };
  const until = (condition, seconds) => new Promise((resolve) => {
    const end = performance.now() + 1000 * seconds;
    const ask = () => (condition() || performance.now() > end ? resolve(log) : requestAnimationFrame(ask));
    ask();
  });

  reset();
  for (const name of events) window.addEventListener(name, heard, { capture: true, passive: true });
  kernel.anyMessage.connect(told);
  mutations.observe(root, { subtree: true, childList: true, attributes: true, characterData: true });
  requestAnimationFrame(loop);
  window.latency = {
    reset,
    shown: () => until(() => log.frames.at(-1)?.next, 3),
    answered: () => until(() => log.answered.length && log.frames.at(-1)?.next >= log.answered.at(-1).at &&
      log.frames.at(-1).painted >= log.answered.at(-1).at, 3),
    settled: () => until(() => performance.now() - quiet > 500 && !log.open.length, 6),
    stop() {
      running = false;
      for (const name of events) window.removeEventListener(name, heard, { capture: true });
      kernel.anyMessage.disconnect(told);
      mutations.disconnect();
    },
  };
}
