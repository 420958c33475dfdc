// Runs in the page of a lesson before JupyterLab is there: looks after the learner's copies, and shows the way
// back. It may fail, and must not hold up the lesson for long.

import { course, refresh, remember, today } from "./lessons.js";
import { ROOT } from "./store.js";

const PATIENCE = 3000; // milliseconds
const LATER = 10000; // when JupyterLab has fetched most of what it needs

const wait = (time) => new Promise((resolve) => setTimeout(resolve, time));

async function prepare() {
  const { lessons } = await course();
  const path = new URLSearchParams(location.search).get("path");
  const shown = lessons.find((lesson) => lesson.name === path);
  if (shown) await today(shown); // JupyterLab must not find an older one in the browser's cache
  for (const lesson of lessons) await refresh(lesson);
  wait(LATER).then(() => remember(lessons));
}

function showTheWayBack() {
  const link = document.createElement("a");
  link.href = new URL("index.html", ROOT);
  link.textContent = "All lessons";
  link.id = "cnn-lab-back";
  const style = document.createElement("style");
  style.textContent = `
    #cnn-lab-back { position: fixed; top: 4px; right: 14px; z-index: 900; font: 13px/20px system-ui, sans-serif;
      color: var(--jp-content-link-color, #1a5a96); }
    @media (max-width: 640px) { #cnn-lab-back { top: auto; bottom: 30px; } }`;
  document.head.append(style);
  document.body.append(link);
}

addEventListener("DOMContentLoaded", showTheWayBack);
if (document.readyState !== "loading") showTheWayBack();

export const prepared = Promise.race([prepare().catch(() => null), wait(PATIENCE)]);
