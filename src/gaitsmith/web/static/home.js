// Files in, what was understood, corrections, analyse; and the list of analyses.
import { ask, make, number, picture, problem, table } from "./app.js";

const $ = (id) => document.getElementById(id);
const PLACES = ["foot_l", "foot_r", "shank_l", "shank_r", "thigh_l", "thigh_r", "lower_back", "pelvis", "chest"];
let draft = null;
let roles = {};

// --- files -----------------------------------------------------------------------------------

async function take(files) {
  const state = $("upload-state");
  try {
    if (draft === null) draft = (await ask("POST", "/api/drafts")).id;
    for (const [i, file] of [...files].entries()) {
      state.textContent = `Receiving ${file.name} (${i + 1} of ${files.length}) …`;
      const kept = await ask("PUT", `/api/drafts/${draft}/files/${encodeURIComponent(file.name)}`, file);
      roles[kept.name] = role(kept.name);
    }
    state.textContent = "";
  } catch (error) {
    problem(state, error);
  }
  showFiles();
  if (recordings().length) await preview();
}

function role(name) {
  if (/\.osim(\.gz)?$/i.test(name)) return "body model";
  if (/static|standing|stand\b|neutral/i.test(name)) return "standing trial";
  return "recording";
}

function recordings() {
  return Object.keys(roles).filter((n) => roles[n] === "recording");
}

function showFiles() {
  $("files").replaceChildren(...Object.keys(roles).map((name) => make(
    "li", {}, make("span", {}, name),
    make("label", {}, make("span", { class: "unseen" }, `What ${name} is`),
      make("select", { onchange: (e) => { roles[name] = e.target.value; preview(); } },
        ...["recording", "standing trial", "body model", "not used"].map((r) =>
          make("option", { selected: roles[name] === r }, r)))),
    make("button", { type: "button", "aria-label": `Remove ${name}`, onclick: () => drop(name) }, "Remove"))));
  $("understood").hidden = !recordings().length;
}

async function drop(name) {
  try {
    await ask("DELETE", `/api/drafts/${draft}/files/${encodeURIComponent(name)}`);
    delete roles[name];
  } catch (error) {
    problem($("upload-state"), error);
  }
  showFiles();
  if (recordings().length) await preview();
}

// --- what was understood -----------------------------------------------------------------------

function hints() {
  const form = new FormData($("corrections"));
  const out = { units: {}, placement: {} };
  for (const [key, value] of form.entries()) {
    if (value === "") continue;
    if (key.startsWith("unit:")) out.units[key.slice(5)] = value;
    else if (key.startsWith("place:")) out.placement[key.slice(6)] = value;
    else if (["mass", "height", "age", "leg_length", "rate_hz"].includes(key)) out[key] = Number(value);
    else if (["sex", "side", "up"].includes(key)) out[key] = value;
  }
  return out;
}

async function preview() {
  const state = $("preview-state");
  state.textContent = "Reading …";
  $("preview").replaceChildren();
  $("analyse").disabled = true;
  try {
    const about = await ask("POST", `/api/drafts/${draft}/preview`, { files: recordings(), hints: hints() });
    state.textContent = `${about.name}: ${number(about.duration_s)} s, ${about.streams.length} ` +
      `${about.streams.length === 1 ? "stream" : "streams"}, ${about.events} events in the file.`;
    show(about);
    $("analyse").disabled = false;
  } catch (error) {
    problem(state, error);
    $("more").open = true;
  }
}

function show(about) {
  const person = Object.entries(about.person).map(([k, v]) => `${k.replace("_", " ")} ${v}`).join(", ");
  const notes = about.notes.map((n) => make("li", { class: `note ${n.level}` },
    make("span", { class: "badge" }, n.level), " ", n.place ? make("b", {}, `${n.place}: `) : null, n.words));
  $("preview").replaceChildren(
    table("Streams", ["Stream", "Kind", "Rate (Hz)", "Samples", "From (s)", "To (s)"], about.streams.map((s) =>
      [s.name, s.kind, number(s.rate_hz, 5) + (s.even ? "" : " (uneven)"), String(s.samples), number(s.start_s, 4), number(s.end_s, 5)])),
    person ? make("p", {}, `Person in the file: ${person}.`) : make("p", {}, "The files say nothing of the person."),
    about.svg ? picture(about.svg, "Signals as they were read") : make("span"),
    ...about.streams.map((s) => make("details", {}, make("summary", {}, `Channels of ${s.name} (${s.channels.length})`),
      table(`Channels of ${s.name}`, ["Channel", "Unit", "Lowest", "Highest", "Missing (%)"], s.channels.map((c) =>
        [c.label, c.unit || "–", number(c.low), number(c.high), number(c.missing_percent)])))),
    notes.length ? make("details", { open: true }, make("summary", {}, `${notes.length} assumed or doubted`), make("ul", { class: "all" }, ...notes)) : make("span"));
  const sensors = about.streams.filter((s) => s.kind === "imu").flatMap((s) => s.channels.map((c) => c.label));
  $("places").hidden = !sensors.length;
  if (sensors.length && !$("places").querySelector("select")) {
    $("places").querySelector(".fields").replaceChildren(...sensors.map((name) => make("label", {}, name,
      make("select", { name: `place:${name}` }, make("option", { value: "" }, "as read"), ...PLACES.map((p) => make("option", {}, p))))));
  }
}

$("again").addEventListener("click", preview);
$("corrections").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = new FormData($("corrections"));
  const of = (what) => Object.keys(roles).find((n) => roles[n] === what) || null;
  const speed = form.get("speed_m_s");
  try {
    const made = await ask("POST", `/api/drafts/${draft}/analyse`, {
      files: recordings(), hints: hints(), title: form.get("title"), static: of("standing trial"), osim: of("body model"),
      events: form.get("events"), population: form.get("population"),
      without: [...document.querySelectorAll("#estimates input:not(:checked)")].map((i) => i.value), speed_m_s: speed === "" ? null : Number(speed),
    });
    location.href = `/analysis/${made.id}`;
  } catch (error) {
    problem($("preview-state"), error);
  }
});

$("pick").addEventListener("change", (e) => take(e.target.files));
const area = $("drop");
for (const kind of ["dragover", "dragleave", "drop"]) {
  area.addEventListener(kind, (e) => {
    e.preventDefault();
    area.classList.toggle("over", kind === "dragover");
    if (kind === "drop") take(e.dataTransfer.files);
  });
}

// --- the list -----------------------------------------------------------------------------------

async function list() {
  let rows;
  try {
    rows = await ask("GET", "/api/analyses");
  } catch (error) {
    problem($("past-state"), error);
    return;
  }
  $("past-state").textContent = rows.length ? "" : "None yet.";
  $("past").hidden = !rows.length;
  const chosen = new Set([...document.querySelectorAll("#past input:checked")].map((i) => i.value));
  $("past").querySelector("tbody").replaceChildren(...rows.map((r) => make("tr", {},
    make("td", {}, make("input", { type: "checkbox", value: r.id, disabled: r.status !== "done", checked: chosen.has(r.id), "aria-label": `Compare ${r.title}`, onchange: choose })),
    make("th", { scope: "row" }, make("a", { href: `/analysis/${r.id}` }, r.title)),
    make("td", {}, new Date(1000 * r.made).toLocaleString()),
    make("td", {}, r.status === "running" ? `${r.step} …` : r.status),
    make("td", {}, r.status === "done" ? r.summary[0] || "" : r.reason),
    make("td", {}, make("button", { type: "button", "aria-label": `Remove ${r.title}`, onclick: () => remove(r.id) }, "Remove")))));
  choose();
  if (rows.some((r) => ["queued", "running"].includes(r.status))) setTimeout(list, 1000);
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

function choose() {
  $("compare").disabled = document.querySelectorAll("#past input:checked").length !== 2;
}

$("compare").addEventListener("click", () => {
  // The later one is B: "before" stands first.
  const [b, a] = [...document.querySelectorAll("#past input:checked")].map((i) => i.value);
  $("past-state").textContent = "Comparing …";
  location.href = `/api/compare?a=${a}&b=${b}`;
});

ask("GET", "/api/about").then((about) => {
  $("pick").accept = about.suffixes.join(",");
  $("kinds").textContent += ` At most ${about.file_mb} MB a file.`;
}).catch(() => {});
list();
