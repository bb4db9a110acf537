// The list of analyses. Rows are changed where they stand: what has the focus keeps it.
import { ask, make, named, problem } from "./app.js";

const $ = (id) => document.getElementById(id);
const rows = new Map();
let timer = null;

/** Ask for the list, show it, and ask again while anything runs. */
export async function list() {
  clearTimeout(timer);
  let all;
  try {
    all = await ask("GET", "/api/analyses");
  } catch (error) {
    problem($("past-state"), error);
    timer = setTimeout(list, 5000);
    return;
  }
  put($("past-state"), all.length ? "" : "None yet.");
  $("past").hidden = !all.length;
  const body = $("past").querySelector("tbody");
  const here = new Set(all.map((r) => r.id));
  for (const [id, row] of rows) {
    if (here.has(id)) continue;
    leave(row.line);
    rows.delete(id);
  }
  let next = body.firstElementChild;
  for (const r of all) {
    let row = rows.get(r.id);
    if (!row) rows.set(r.id, row = made(r));
    if (row.line === next) next = next.nextElementSibling;
    else body.insertBefore(row.line, next);
    row.tell(r);
  }
  choose();
  clearTimeout(timer);
  if (all.some((r) => ["queued", "running"].includes(r.status))) timer = setTimeout(list, 1000);
}

/** Take a row out; the focus goes on to the next, not to nowhere. */
function leave(line) {
  const mine = line.contains(document.activeElement);
  const next = line.nextElementSibling || line.previousElementSibling;
  line.remove();
  if (mine) (next ? next.querySelector("button") : $("pick")).focus();
}

function put(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

function made(r) {
  const box = make("input", { type: "checkbox", value: r.id, onchange: choose });
  const name = make("bdi", {});
  const [state, words] = [make("td", { role: "cell", class: "state" }), make("td", { role: "cell", class: "said" })];
  const away = make("button", { type: "button", onclick: () => remove(r.id) }, "Remove");
  const cell = (kind, ...inside) => make("td", { role: "cell", class: kind }, ...inside);
  const line = make("tr", { role: "row" }, cell("tick", box),
    make("th", { scope: "row", role: "rowheader" }, make("a", { href: `/analysis/${r.id}` }, name)),
    cell("made", new Date(1000 * r.made).toLocaleString()), state, words, cell("away", away));
  const tell = (now) => {
    const title = named(now);
    put(name, title);
    box.disabled = now.status !== "done";
    box.setAttribute("aria-label", `Compare ${title}`);
    away.setAttribute("aria-label", `Remove ${title}`);
    put(state, now.status === "running" ? `${now.step} …` : now.status);
    put(words, now.status === "done" ? now.summary[0] || "" : now.reason);
  };
  return { line, tell };
}

async function remove(id) {
  try {
    await ask("DELETE", `/api/analyses/${id}`);
  } catch (error) {
    problem($("past-state"), error);
    return;
  }
  list();
}

function chosen() {
  return [...document.querySelectorAll("#past input:checked")].map((i) => i.value);
}

function choose() {
  $("compare").disabled = chosen().length !== 2;
}

$("compare").addEventListener("click", () => {
  // The later one is B: "before" stands first.
  const [b, a] = chosen();
  location.href = `/compare?a=${a}&b=${b}`;
});
