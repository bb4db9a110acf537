// Two analyses side by side: the page that the server makes of them, with a way back.
import { ask, named, patiently, problem } from "./app.js";

const $ = (id) => document.getElementById(id);
const asked = new URLSearchParams(location.search);
const [a, b] = [asked.get("a") || "", asked.get("b") || ""];

async function show() {
  try {
    if (!/^[0-9a-f]{16}$/.test(a) || !/^[0-9a-f]{16}$/.test(b)) throw new Error("two analyses are to be chosen: go back to the list");
    for (const [id, link] of [[a, $("one")], [b, $("two")]]) {
      const row = await ask("GET", `/api/analyses/${id}`).catch((error) => {
        throw error.status === 404 ? new Error("one of the two analyses is not there any more: go back to the list") : error;
      });
      link.textContent = named(row);
      link.href = `/analysis/${id}`;
    }
    $("pair").hidden = false;
    const path = `/api/compare?a=${a}&b=${b}`;
    await patiently(() => ask("GET", path), () => true, (words) => { $("state").textContent = words; }).catch((error) => {
      throw error.status === 404 ? new Error("one of the two analyses has no results: only those that are done can be compared") : error;
    });
    $("state").textContent = "";
    $("frame").src = $("alone").href = path;
    $("swap").href = `/compare?a=${b}&b=${a}`;
    $("page").hidden = false;
  } catch (error) {
    problem($("state"), error);
  }
  $("bar").hidden = true;
}

show();
