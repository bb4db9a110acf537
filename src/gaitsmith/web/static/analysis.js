// One analysis: progress, report, another speed, downloads.
import { ask, make, named, patiently, picture, problem, table } from "./app.js";
import { stage } from "./stage.js";

const $ = (id) => document.getElementById(id);
const id = location.pathname.split("/").pop();
const WORDS = { queued: "It waits for its turn.", done: "Done.", cancelled: "Cancelled." };

async function look() {
  let row;
  try {
    row = await ask("GET", `/api/analyses/${id}`);
  } catch (error) {
    problem($("state"), error);
    $("bar").hidden = true;
    return;
  }
  $("title").textContent = named(row);
  document.title = `${named(row)} – gaitsmith`;
  const busy = ["queued", "running"].includes(row.status);
  $("bar").hidden = !busy;
  $("cancel").hidden = !busy;
  if (busy) {
    const words = row.status === "running" ? `${row.step} …` : WORDS.queued;
    if ($("state").textContent !== words) $("state").textContent = words;
    setTimeout(look, 400);
    return;
  }
  if (row.status === "done" || row.status === "cancelled") $("state").textContent = WORDS[row.status];
  else problem($("state"), new Error(row.reason));
  if (row.status === "done") await show(row);
}

async function show(row) {
  $("summary").hidden = !row.summary.length;
  $("summary").replaceChildren(...row.summary.map((w) => make("li", {}, w)));
  $("report").hidden = false;
  $("frame").src = `/api/analyses/${id}/report`;
  $("alone").href = `/api/analyses/${id}/report`;
  $("speed").hidden = !row.facts.can_change_speed;
  startAt(row.facts.speed_m_s);
  await downloads();
  await stage(id);
}

/** The slider begins where the walk is. */
function startAt(speed) {
  if (typeof speed !== "number") return;
  const slider = $("slider");
  slider.value = String(Math.min(Number(slider.max), Math.max(Number(slider.min), speed)));
  $("wanted").textContent = Number(slider.value).toFixed(2);
  $("walked").textContent = `The recorded walk is at ${speed.toFixed(2)} m/s.`;
}

async function downloads() {
  try {
    const files = await ask("GET", `/api/analyses/${id}/files`);
    $("downloads").hidden = false;
    $("files").replaceChildren(...files.map((f) => make("li", {},
      make("a", { href: `/api/analyses/${id}/files/${f.name.split("/").map(encodeURIComponent).join("/")}`, download: f.name.split("/").pop() }, f.name),
      make("span", { class: "hint" }, `${Math.max(1, Math.round(f.bytes / 1000))} kB`))));
  } catch (error) {
    problem($("state"), error);
  }
}

$("cancel").addEventListener("click", () => ask("POST", `/api/analyses/${id}/cancel`).catch((e) => problem($("state"), e)));

let asked = 0;
$("slider").addEventListener("input", () => { $("wanted").textContent = Number($("slider").value).toFixed(2); });
$("slider").addEventListener("change", async () => {
  const mine = ++asked;
  const speed = Number($("slider").value);
  $("speed-state").textContent = "Walking …";
  try {
    const made = await patiently(() => ask("POST", `/api/analyses/${id}/speed`, { speed }),
      () => mine === asked, (words) => { $("speed-state").textContent = words; });
    if (mine !== asked) return;
    $("speed-state").textContent = made.notes.join(" ");
    $("speed-picture").replaceChildren(
      picture(made.svg, `Estimated curves at ${speed.toFixed(2)} m/s`),
      table("Estimated walk", made.columns, made.rows), make("p", { class: "hint" }, made.caption),
      make("p", {}, make("a", { href: `/api/analyses/${id}/files/speeds/${made.file}`, download: made.file }, `Download ${made.file}`)));
    await downloads();
  } catch (error) {
    if (mine === asked) problem($("speed-state"), error);
  }
});

look();
