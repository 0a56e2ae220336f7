// SPDX-License-Identifier: AGPL-3.0-or-later
// Sends a folder to a website, in several requests of bounded size. Without this file the zip beside it does the same.
// The element: data-folder, data-start (where an upload begins), words as data-words-* ; inside: an input with
// webkitdirectory, a progress, an element data-said (aria-live), buttons data-send and data-stop.

const BATCH_FILES = 100;
const BATCH_BYTES = 8 * 1024 * 1024;
const TRIES = 4;

class Refused extends Error {}

function words(box, name, values = {}) {
  const text = box.dataset["words" + name] || "";
  return text.replace(/\{(\w+)\}/g, (_, key) => values[key]);
}

/** The path below the chosen folder: visitors expect what is in it. */
function pathOf(file) {
  const path = file.webkitRelativePath || file.name;
  const cut = path.indexOf("/");
  return cut < 0 ? path : path.slice(cut + 1);
}

function* batches(files) {
  let batch = [];
  let size = 0;
  for (const file of files) {
    if (batch.length && (batch.length >= BATCH_FILES || size + file.size > BATCH_BYTES)) {
      yield batch;
      batch = [];
      size = 0;
    }
    batch.push(file);
    size += file.size;
  }
  if (batch.length) yield batch;
}

async function post(address, body, token, signal) {
  let wait = 500;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const answer = await fetch(address, {
        method: "POST",
        body,
        signal,
        headers: { "X-CSRFToken": token, Accept: "application/json" },
        redirect: "error",
      });
      const told = await answer.json();
      if (answer.ok) return told;
      // A refusal stays one; only a silence or an overload is worth asking again.
      if (answer.status < 500 && answer.status !== 429) throw new Refused(told.message);
      if (attempt >= TRIES) throw new Refused(told.message);
    } catch (error) {
      if (error instanceof Refused || signal.aborted || attempt >= TRIES) throw error;
    }
    await new Promise((done) => setTimeout(done, wait));
    wait *= 2;
  }
}

function form(token) {
  const body = new FormData();
  body.append("csrfmiddlewaretoken", token);
  return body;
}

function start(box) {
  const input = box.querySelector("input[type=file]");
  const bar = box.querySelector("progress");
  const said = box.querySelector("[data-said]");
  const send = box.querySelector("[data-send]");
  const stop = box.querySelector("[data-stop]");
  const token = box.querySelector("[name=csrfmiddlewaretoken]").value;
  let lastSaid = 0;
  let stopped = null;

  function say(text, at_once) {
    // Read out at most every 3 seconds: a screen reader must be able to follow.
    if (!at_once && Date.now() - lastSaid < 3000) return;
    lastSaid = Date.now();
    said.textContent = text;
  }

  function busy(on) {
    send.disabled = input.disabled = on;
    stop.hidden = bar.hidden = !on;
  }

  async function sendAll(files, signal) {
    const upload = await post(box.dataset.start, form(token), token, signal);
    try {
      let done = 0;
      for (const batch of batches(files)) {
        const body = form(token);
        body.append("paths", JSON.stringify(batch.map(pathOf)));
        for (const file of batch) body.append("files", file, file.name);
        await post(upload.add, body, token, signal);
        done += batch.length;
        bar.value = done;
        say(words(box, "Sent", { done, total: files.length }), done === files.length);
      }
      say(words(box, "Finishing"), true);
      return await post(upload.finish, form(token), token, signal);
    } catch (error) {
      post(upload.abandon, form(token), token, new AbortController().signal).catch(() => {});
      throw error;
    }
  }

  input.addEventListener("change", () => {
    said.textContent = input.files.length ? words(box, "Chosen", { total: input.files.length }) : "";
  });
  stop.addEventListener("click", () => stopped && stopped.abort());
  send.addEventListener("click", async () => {
    const files = [...input.files].filter((file) => pathOf(file));
    if (!files.length) {
      say(words(box, "Empty"), true);
      input.focus();
      return;
    }
    stopped = new AbortController();
    bar.max = files.length;
    bar.value = 0;
    busy(true);
    try {
      const made = await sendAll(files, stopped.signal);
      window.location.assign(made.page);
    } catch (error) {
      busy(false);
      if (stopped.signal.aborted) say(words(box, "Stopped"), true);
      else say(error instanceof Refused && error.message ? error.message : words(box, "Failed"), true);
      (stopped.signal.aborted ? send : input).focus();
    }
  });
  box.hidden = false;
}

for (const box of document.querySelectorAll("[data-folder]")) start(box);
