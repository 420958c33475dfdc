// The front page: how each lesson stands, and what can be done with saved work.

import { bringBack, packedWork } from "./carry.js";
import { contentOf, course, refresh, remember, replace, standing, today } from "./lessons.js";
import { guessed, merge } from "./merge.js";

const byId = (id) => document.getElementById(id);

function say(text) {
  byId("notice").hidden = !text;
  byId("notice").textContent = text;
}

/** Asks before something is done; resolves to whether it shall be. */
function asked(title, text, yes) {
  const dialog = byId("question");
  byId("question-title").textContent = title;
  byId("question-text").textContent = text;
  byId("question-yes").textContent = yes;
  dialog.returnValue = "no";
  byId("question-no").onclick = () => dialog.close("no");
  byId("question-yes").onclick = () => dialog.close("yes");
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

/** Says how long ago a moment was. */
function ago(moment) {
  const minutes = Math.floor((Date.now() - new Date(moment)) / 60000);
  const some = (number, unit) => `${number} ${unit}${number === 1 ? "" : "s"} ago`;
  if (minutes < 1) return "just now";
  if (minutes < 60) return some(minutes, "minute");
  return minutes < 1440 ? some(Math.floor(minutes / 60), "hour") : some(Math.floor(minutes / 1440), "day");
}

function button(text, label, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.setAttribute("aria-label", label);
  made.addEventListener("click", async () => {
    made.disabled = true;
    try {
      await act();
    } catch (error) {
      say(`That did not work, and your files are as they were. (${error.message})`);
    }
    made.disabled = false;
  });
  return made;
}

async function show(lesson, told) {
  const { state, model } = await standing(lesson);
  const row = document.querySelector(`[data-name="${CSS.escape(lesson.name)}"]`);
  const work = row.querySelector(".work");
  const label = row.querySelector(".state");
  for (const old of work.querySelectorAll("button")) old.remove();
  label.classList.toggle("fresh", state === "outdated");
  const again = () => show(lesson, told);
  if (state === "begun") label.textContent = `begun, saved ${ago(model.last_modified)}`;
  else if (state === "outdated") label.textContent = "new version";
  else label.textContent = model ? "opened, nothing written yet" : "not begun";
  if (state === "outdated") {
    work.append(
      button(
        "Get the new version",
        `Get the new version of lesson ${lesson.number || lesson.title}`,
        async () => {
          await update(lesson, told);
          await again();
        },
      ),
    );
  }
  if (state === "begun" || state === "outdated") {
    work.append(button("Start again", `Start lesson ${lesson.number || lesson.title} again`, async () => {
      await startAgain(lesson);
      await again();
    }));
  }
}

async function startAgain(lesson) {
  const title = `Start lesson ${lesson.number || lesson.title} again?`;
  const text = "You get a fresh copy. What you have written is kept in a file beside it.";
  if (!await asked(title, text, "Start again")) return;
  const kept = await replace(lesson.name, await today(lesson));
  say(`Lesson ${lesson.number || lesson.title} is fresh. Your work is kept as “${kept}”.`);
}

async function update(lesson, told) {
  const { model, base } = await standing(lesson);
  const title = `Get the new version of lesson ${lesson.number || lesson.title}?`;
  const known = "Your answers and your own cells go into it, and your file is kept beside it.";
  const guess =
    "Which version you began is not known in this browser. Your answers and your own cells go into" +
    " the new one; what else you have changed is only in your file, which is kept beside it.";
  if (!await asked(title, base ? known : guess, "Get the new version")) return;
  say("Putting your work into the new version. This takes some seconds.");
  const fresh = await today(lesson);
  const mine = contentOf(model);
  const [merged, changed] = await merge(told.wheel, base ?? guessed(mine, fresh), mine, fresh);
  const kept = await replace(lesson.name, merged);
  const exercises = changed.length
    ? ` Exercises that have changed since you began them are marked there: ${changed.join(", ")}.`
    : "";
  say(
    `Lesson ${
      lesson.number || lesson.title
    } is the new version, with your work.${exercises} The file as it was: “${kept}”.`,
  );
}

async function download() {
  const [count, blob] = await packedWork();
  if (!count) return say("There is no saved work in this browser yet.");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `cnn-lab-work-${new Date().toLocaleDateString("sv")}.zip`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  say(
    `${count} file${
      count === 1 ? "" : "s"
    } in ${link.download}. “Bring work back” reads it, here or elsewhere.`,
  );
}

async function bring(told) {
  const [file] = byId("bring").files;
  if (!file) return;
  try {
    const { brought, kept } = await bringBack(file, told.lessons);
    const beside = kept.length
      ? ` What was here is kept: ${kept.map((path) => `“${path}”`).join(", ")}.`
      : "";
    say(`${brought} file${brought === 1 ? " was" : "s were"} brought back.${beside}`);
  } catch (error) {
    say(`Nothing was brought back: ${error.message}.`);
  }
  byId("bring").value = "";
}

async function begin() {
  const told = await course();
  const showAll = () => Promise.all(told.lessons.map((lesson) => show(lesson, told)));
  for (const lesson of told.lessons) await refresh(lesson);
  await showAll();
  byId("download").addEventListener("click", () => download().catch((error) => say(error.message)));
  byId("bring").addEventListener("change", () => bring(told).then(showAll));
  // Back from a lesson, or from its tab: how it stands may have changed.
  addEventListener("pageshow", showAll);
  document.addEventListener("visibilitychange", () => document.hidden || showAll());
  document.body.dataset.ready = "";
  await remember(told.lessons);
}

begin().catch((error) => say(`What you have saved cannot be shown: ${error.message}`));
